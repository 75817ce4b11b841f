import { type Span, tracing } from '#libs/platform';
import type { EventLog, LogBatch } from './event-log.js';
import { recordedTracesOf } from './trace.js';

/** Spans of the log, by OpenTelemetry's conventions for messaging. Neither keys nor contents are in them. */

/**
 * The span of appending what a request brought; its messages carry its `traceparent`. Undefined if nobody
 * records it: then they carry what the caller sent.
 *
 * @param parent the request's
 */
export function sendSpan(log: EventLog, topic: string, count: number, parent?: Span): Span | undefined {
  if (count === 0) return undefined;
  const span = tracing()?.start({
    name: `send ${topic}`,
    kind: 'producer',
    parent: parent?.traceparent,
    attributes: attributesOf(log, 'send', topic, count),
  });
  return span?.recorded ? span : undefined;
}

/** The span of applying a batch: one for all its messages, linked to those of the requests that brought them. */
export function processSpan(log: EventLog, group: string, batch: LogBatch): Span | undefined {
  return tracing()?.start({
    name: `process ${batch.topic}`,
    kind: 'consumer',
    links: recordedTracesOf(batch.messages),
    attributes: {
      ...attributesOf(log, 'process', batch.topic, batch.messages.length),
      'messaging.consumer.group.name': group,
      'messaging.destination.partition.id': String(batch.partition),
    },
  });
}

const attributesOf = (log: EventLog, operation: 'send' | 'process', topic: string, count: number) => ({
  'messaging.system': log.system,
  'messaging.operation.type': operation,
  'messaging.operation.name': operation,
  'messaging.destination.name': topic,
  'messaging.batch.message_count': count,
});
