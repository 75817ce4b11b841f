export { EventLog } from './event-log.js';
export type {
  DeliveredMessage,
  LogBatch,
  LogMessage,
  Subscription,
  SubscriptionSpec,
  TopicSpec,
} from './event-log.js';
export { EventLogModule } from './event-log.module.js';
export { EventLogTransport, PassFaultsOn } from './event-log.transport.js';
export { claimOffset, type LogPlace, moveOffset, offsetTopic, storedPartition } from './offsets.js';
export { leaveForItself, useAsOutbox, useItself } from './log-in-use.js';
export { LogLag, type PartitionLag } from './log-lag.js';
export { FORWARDER_GROUP, type ForwarderWatch, OutboxForwarder } from './outbox-forwarder.js';
export { dropRepeated, ORIGIN_HEADER } from './outbox-origin.js';
export { partitionOf } from './partition.js';
export { type FramedMessages, PostgresLog } from './postgres-log.js';
export { logTransport } from './log-transport.js';
export { KafkaFault, type KafkaSettings, kafkaSettings } from './kafka-client.js';
export { KafkaLog } from './kafka-log.js';
export { TopicMismatch } from './kafka-topics.js';
export { sendSpan } from './messaging-spans.js';
export { metrics as logMetrics } from './metrics.js';
