import { Counter, Gauge, Histogram, register } from 'prom-client';
import type { DataSource } from 'typeorm';
import { gaugesOfOneLook } from '#libs/platform';
import type { LogLag } from './log-lag.js';

type PerGroup = 'group';

function createMeters() {
  const labelNames: PerGroup[] = ['group'];
  return {
    assigned: new Gauge({
      name: 'dossier_consumer_assigned_partitions',
      help: 'Partitions that this process reads for a consumer group; the sum over all copies below the number of partitions: nobody reads the others, start a copy.',
      labelNames,
      collect() {
        for (const [group, assigned] of consumers) this.set({ group }, assigned().length);
      },
    }),
    progress: new Gauge({
      name: 'dossier_consumer_last_progress_timestamp_seconds',
      help: 'When a consumer of this process last applied a batch or found nothing to do; standing still for a minute: /health/live fails, see its log and restart it.',
      labelNames,
    }),
    rebalances: new Counter({
      name: 'dossier_consumer_rebalances_total',
      help: 'How often Kafka shared out the partitions of a group anew; many without a copy coming or going: a copy is too slow or its line to the broker is bad.',
      labelNames,
    }),
    batchSize: new Histogram({
      name: 'dossier_consumer_batch_size',
      help: 'Messages per batch; always at the maximum means a backlog.',
      labelNames,
      buckets: [1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000],
    }),
    batchSeconds: new Histogram({
      name: 'dossier_consumer_batch_seconds',
      help: 'Time to apply a batch, transaction included; growing at the same size: look at the database.',
      labelNames,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
    failed: new Counter({
      name: 'dossier_consumer_failed_batches_total',
      help: 'Batches that met a fault that passes and were tried again; growing: the database or the broker is in trouble, see the log.',
      labelNames,
    }),
    fenced: new Counter({
      name: 'dossier_consumer_fenced_commits_total',
      help: 'Batches whose commit was refused because another copy, or a database that lost its last moments, stands elsewhere; nothing was stored, they are read again. Many: copies fight over partitions.',
      labelNames,
    }),
  };
}

let meters: ReturnType<typeof createMeters> | undefined;
let forwarded: Counter<'topic'> | undefined;
/** The partitions that each consumer of this process reads. */
const consumers = new Map<string, () => readonly number[]>();

/** What the consumers of this process do, and how far behind each group is, whoever reads for it. */
export const metrics = {
  register(lag: LogLag, topics: readonly string[]): void {
    if (register.getSingleMetric('dossier_consumer_assigned_partitions')) return;
    meters = createMeters();
    registerLag(lag, topics);
    for (const group of consumers.keys()) beginAtZero(group);
  },

  /** Of a process that moves the outbox to Kafka. */
  registerForwarding(lag: LogLag, database: DataSource, topics: readonly string[]): void {
    if (register.getSingleMetric('dossier_outbox_forwarded_total')) return;
    forwarded = new Counter({
      name: 'dossier_outbox_forwarded_total',
      help: 'Messages moved from the outbox to Kafka by this process, repetitions included.',
      labelNames: ['topic'],
    });
    for (const topic of topics) forwarded.inc({ topic }, 0);
    gaugesOfOneLook(
      {
        oldest: {
          name: 'dossier_outbox_oldest_age_seconds',
          help: 'Age of the oldest message in the outbox that is not in Kafka yet; above 5 for minutes: Kafka does not answer, or the forwarder is stalled.',
          labelNames: ['topic'],
        },
      },
      () => Promise.all(topics.map((topic) => lag.ofOutbox(database.manager, topic))),
      ({ oldest }, waiting) => {
        for (const [nth, topic] of topics.entries()) {
          const ages = waiting[nth]?.map(({ oldestAgeSeconds }) => oldestAgeSeconds) ?? [];
          oldest.set({ topic }, Math.max(0, ...ages));
        }
      },
    );
  },
  forwarded(topic: string, count: number): void {
    forwarded?.inc({ topic }, count);
  },

  /** A consumer of this process; its series are there from now on, also when nothing happens. */
  consuming(group: string, assigned: () => readonly number[]): void {
    consumers.set(group, assigned);
    beginAtZero(group);
  },
  progressed(group: string): void {
    meters?.progress.set({ group }, Date.now() / 1_000);
  },
  sharedOut(group: string): void {
    meters?.rebalances.inc({ group });
  },
  applied(group: string, messages: number, seconds: number): void {
    meters?.batchSize.observe({ group }, messages);
    meters?.batchSeconds.observe({ group }, seconds);
  },
  failed(group: string): void {
    meters?.failed.inc({ group });
  },
  fenced(group: string): void {
    meters?.fenced.inc({ group });
  },
};

function beginAtZero(group: string): void {
  if (!meters) return;
  for (const counter of [meters.rebalances, meters.failed, meters.fenced]) counter.inc({ group }, 0);
}

/** Every process tells it of every group: one that hangs cannot tell of itself. */
function registerLag(lag: LogLag, topics: readonly string[]): void {
  const labelNames = ['group', 'partition'];
  gaugesOfOneLook(
    {
      offset: {
        name: 'dossier_consumer_offset',
        help: 'The first message of a partition that a group has not applied; standing still while messages wait: the group is stalled.',
        labelNames,
      },
      waiting: {
        name: 'dossier_consumer_lag_messages',
        help: 'Messages of a partition that a group has not applied; growing for minutes: it cannot keep up, add a copy or look at the database.',
        labelNames,
      },
      age: {
        name: 'dossier_event_oldest_unapplied_age_seconds',
        help: 'Age of the oldest message that a group has not applied (over Kafka: a lower bound); above 5 for minutes: see the consumer loop and the database.',
        labelNames,
      },
    },
    () => Promise.all(topics.map((topic) => lag.ofTopic(topic))),
    ({ offset, waiting, age }, answers) => {
      for (const [group, lags] of answers.flatMap((groups) => [...groups])) {
        for (const { partition, applied, lag: behind, oldestAgeSeconds } of lags) {
          const labels = { group, partition: String(partition) };
          offset.set(labels, applied);
          waiting.set(labels, behind);
          age.set(labels, oldestAgeSeconds);
        }
      }
    },
  );
}
