import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { KafkaLog, kafkaSettings, leaveForItself, PostgresLog } from '#libs/event-log';
import { createLogger, openDatabase, readConfig } from '#libs/platform';
import { connect } from '#libs/store';

const TOPICS = [EVENTS_TOPIC, TIMELINESS_TOPIC];

/**
 * `npm run leave-kafka`: from Kafka back to the event log in the database, once everything in Kafka has been
 * applied. Only then does a start without `KAFKA_BROKERS` go on where Kafka ended.
 */
async function leaveKafka(): Promise<void> {
  const config = readConfig(0);
  const settings = kafkaSettings(config);
  if (!settings) throw new Error('KAFKA_BROKERS must name the Kafka that is to be left.');
  const handle = await openDatabase(config);
  const database = await connect(handle.url, config.DATABASE_POOL);
  const topics = TOPICS.map((name) => ({ name, partitions: config.LOG_PARTITIONS }));
  const kafka = new KafkaLog(database, settings, createLogger('leave-kafka', config));
  try {
    await new PostgresLog(database, handle.url).ensureTopics(topics);
    await kafka.ensureTopics(topics);
    await leaveForItself(database, kafka, TOPICS);
    console.log('The event log is in the database again: start without KAFKA_BROKERS.');
  } finally {
    await kafka.close();
    await database.destroy();
    await handle.stop();
  }
}

await leaveKafka().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
process.exit(0);
