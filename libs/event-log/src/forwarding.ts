import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, register } from 'prom-client';
import { DataSource } from 'typeorm';
import { CONFIG, type Config, type Heartbeat, Liveness, LOGGER, type Logger } from '#libs/platform';
import { EventLog } from './event-log.js';
import { LogLag } from './log-lag.js';
import { OutboxForwarder } from './outbox-forwarder.js';
import { PostgresLog } from './postgres-log.js';

export const FORWARDING_SPEC = Symbol('forwarding');

export interface ForwardingSpec {
  topics: readonly string[];
  forwards: boolean;
}

/** The forwarder as part of a process: its heartbeats, metrics and faults. Idle where there is nothing to forward. */
@Injectable()
export class Forwarding {
  private forwarder: OutboxForwarder | undefined;
  private readonly heartbeats = new Map<string, Heartbeat>();

  constructor(
    @Inject(FORWARDING_SPEC) private readonly spec: ForwardingSpec,
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(PostgresLog) private readonly outbox: PostgresLog,
    @Inject(LogLag) private readonly lag: LogLag,
    @Inject(Liveness) private readonly liveness: Liveness,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async start(): Promise<void> {
    if (!this.spec.forwards || !this.lag.forwards) return;
    const forwarded = this.createMeters();
    for (const topic of this.spec.topics) {
      forwarded.inc({ topic }, 0);
      const allowanceMs = this.config.STALLED_AFTER_SECONDS * 1_000;
      this.heartbeats.set(topic, this.liveness.register(`forwarder ${topic}`, allowanceMs));
    }
    this.forwarder = new OutboxForwarder(this.database, this.outbox, this.log, {
      onForwarded: (topic, count) => forwarded.inc({ topic }, count),
      onProgress: (topic) => this.heartbeats.get(topic)?.beat(),
      onFatal: (topic, error) => this.crash(topic, error),
    });
    await this.forwarder.start(this.spec.topics);
  }

  async stop(): Promise<void> {
    await this.forwarder?.stop();
    for (const heartbeat of this.heartbeats.values()) heartbeat.end();
  }

  /** An unknown fault: leave loudly; what was in hand waits in the outbox. */
  private crash(topic: string, error: unknown): void {
    this.logger.fatal({ err: error }, `the forwarder of ${topic} met a fault it does not know`);
    setImmediate(() => {
      throw error;
    });
  }

  private createMeters(): Counter<'topic'> {
    const { lag, database, spec } = this;
    for (const name of [OLDEST, FORWARDED]) register.removeSingleMetric(name);
    new Gauge({
      name: OLDEST,
      help: 'Age of the oldest message in the outbox that is not in Kafka yet; above 5 for minutes: Kafka does not answer, or the forwarder is stalled.',
      labelNames: ['topic'],
      async collect() {
        this.reset();
        for (const topic of spec.topics) {
          const waiting = await lag.ofOutbox(database.manager, topic);
          this.set({ topic }, Math.max(0, ...waiting.map(({ oldestAgeSeconds }) => oldestAgeSeconds)));
        }
      },
    });
    return new Counter({
      name: FORWARDED,
      help: 'Messages moved from the outbox to Kafka by this process, repetitions included.',
      labelNames: ['topic'],
    });
  }
}

const OLDEST = 'dossier_outbox_oldest_age_seconds';
const FORWARDED = 'dossier_outbox_forwarded_total';
