import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CONFIG, type Config, type Heartbeat, Liveness, LOGGER, type Logger } from '#libs/platform';
import { EventLog } from './event-log.js';
import { LogLag } from './log-lag.js';
import { metrics } from './metrics.js';
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
    metrics.registerForwarding(this.lag, this.database, this.spec.topics);
    for (const topic of this.spec.topics) {
      const allowanceMs = this.config.STALLED_AFTER_SECONDS * 1_000;
      this.heartbeats.set(topic, this.liveness.register(`forwarder ${topic}`, allowanceMs));
    }
    this.forwarder = new OutboxForwarder(this.database, this.outbox, this.log, {
      onForwarded: (topic, count) => metrics.forwarded(topic, count),
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
}
