// Node finds most names of this CommonJS package, but not `ConfigResourceTypes`.
import kafkajs, { type Admin } from 'kafkajs';
import { StartError } from '#libs/platform';
import type { TopicSpec } from './event-log.js';
import type { KafkaSettings } from './kafka-client.js';

/** A message of 10 MB from a writer that is not ours must arrive, to be put by and named. */
const MAX_MESSAGE_BYTES = 11 * 1_048_576;

export class TopicMismatch extends StartError {}

interface Setting {
  name: string;
  wanted: string;
  fits: (found: string) => boolean;
}

/** What a topic must be like for the promises of this log; more than that is the cluster's affair. */
const settingsOf = ({ retentionMs }: KafkaSettings): Setting[] => [
  // Compaction would drop events of a dossier that share its key.
  exactly('cleanup.policy', 'delete'),
  {
    name: 'retention.ms',
    wanted: String(retentionMs),
    fits: (found) => found === '-1' || Number(found) >= retentionMs,
  },
  // Otherwise messages vanish by size, before their time.
  exactly('retention.bytes', '-1'),
  {
    name: 'max.message.bytes',
    wanted: String(MAX_MESSAGE_BYTES),
    fits: (found) => Number(found) >= MAX_MESSAGE_BYTES,
  },
  // When the log took it; a writer's clock could say anything, and retention would believe it.
  exactly('message.timestamp.type', 'LogAppendTime'),
];

const exactly = (name: string, wanted: string): Setting => ({
  name,
  wanted,
  fits: (found) => found === wanted,
});

/** Makes the topics that are missing; one made by another process at the same time is as good. */
export async function makeTopics(admin: Admin, topics: TopicSpec[], settings: KafkaSettings): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !there.has(name));
  if (missing.length === 0) return;
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map(({ name, partitions }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: settings.replication,
      configEntries: [
        ...settingsOf(settings).map((setting) => ({ name: setting.name, value: setting.wanted })),
        { name: 'min.insync.replicas', value: settings.replication >= 3 ? '2' : '1' },
      ],
    })),
  });
}

/** @throws TopicMismatch that names every setting that does not fit, and what to do */
export async function checkTopic(admin: Admin, topic: string, settings: KafkaSettings): Promise<void> {
  const wanted = settingsOf(settings);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: wanted.map(({ name }) => name) },
    ],
  });
  const found = new Map(
    resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
  );
  const unfit = wanted.filter(({ name, fits }) => !fits(found.get(name) ?? ''));
  if (unfit.length === 0) return;
  const faults = unfit.map(
    ({ name, wanted: value }) => `${name} is ${found.get(name) ?? 'unknown'}, wanted ${value}`,
  );
  const change = unfit.map(({ name, wanted: value }) => `${name}=${value}`);
  throw new TopicMismatch(
    `Topic ${topic} does not fit: ${faults.join('; ')}. Change it in the cluster, for instance with ` +
      `kafka-configs.sh --alter --topic ${topic} --add-config ${change.join(',')}` +
      '; for retention.ms KAFKA_RETENTION_HOURS may be lowered instead.',
  );
}

export async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions.length ?? 0;
}
