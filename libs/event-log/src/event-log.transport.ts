import { Catch, type ExceptionFilter } from '@nestjs/common';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom, type Observable, throwError } from 'rxjs';
import { type Heartbeat, kindOfFault, type Liveness, type Logger } from '#libs/platform';
import type { EventLog, LogBatch, Subscription } from './event-log.js';
import { processSpan } from './messaging-spans.js';
import { metrics } from './metrics.js';
import { traceIdsOf } from './trace.js';

type Handler = (batch: LogBatch) => Promise<unknown>;

/**
 * Nest transport over the event log: a handler marked `@EventPattern(topic, { group })` gets whole
 * batches of one partition.
 */
export class EventLogTransport extends Server implements CustomTransportStrategy {
  private readonly subscriptions: Subscription[] = [];
  private readonly heartbeats: Heartbeat[] = [];

  constructor(
    private readonly log: EventLog,
    private readonly liveness: Liveness,
    private readonly processLogger: Logger,
    private readonly stalledAfterMs: number,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    void this.subscribeAll().then(() => callback(), callback);
  }

  private async subscribeAll(): Promise<void> {
    for (const [topic, handler] of this.messageHandlers) {
      const group = (handler.extras as { group?: string } | undefined)?.group;
      if (!group) throw new Error(`The handler of ${topic} names no consumer group.`);
      const heartbeat = this.liveness.register(`consumer ${group}`, this.stalledAfterMs);
      this.heartbeats.push(heartbeat);
      const subscription = await this.log.subscribe({
        group,
        topic,
        onBatch: (batch) => this.apply(group, handler, batch),
        onProgress: () => {
          heartbeat.beat();
          metrics.progressed(group);
        },
        onFatal: (error) => this.crash(group, error),
        onAssigned: () => metrics.sharedOut(group),
      });
      this.subscriptions.push(subscription);
      metrics.consuming(group, () => subscription.assigned());
    }
  }

  private async apply(group: string, handler: Handler, batch: LogBatch): Promise<void> {
    const started = performance.now();
    const span = processSpan(this.log, group, batch);
    try {
      await deliver(handler, batch);
      span?.end();
    } catch (error) {
      span?.end({ failed: kindOfFault(error) });
      metrics.failed(group);
      throw error;
    }
    const seconds = (performance.now() - started) / 1_000;
    metrics.applied(group, batch.messages.length, seconds);
    if (!this.processLogger.isLevelEnabled('debug')) return;
    const { topic, partition, firstOffset, nextOffset, messages } = batch;
    const traces = traceIdsOf(messages);
    this.processLogger.debug(
      { group, topic, partition, firstOffset, nextOffset, messages: messages.length, seconds, traces },
      'batch applied',
    );
  }

  /** An unknown fault: leave loudly; the batch is read again at the next start. */
  private crash(group: string, error: unknown): void {
    this.processLogger.fatal({ err: error }, `consumer ${group} met a fault it does not know`);
    setImmediate(() => {
      throw error;
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
    for (const heartbeat of this.heartbeats) heartbeat.end();
  }

  on(): void {
    throw new Error('the event log has no transport events');
  }

  unwrap<T>(): T {
    return this.log as unknown as T;
  }
}

/**
 * Hands on what a handler throws as it is; every consumer uses it. Nest's own filter makes each fault an
 * "Internal server error", and a lost connection would then bring the process down like a bug.
 */
@Catch()
export class PassFaultsOn implements ExceptionFilter {
  catch(fault: unknown): Observable<never> {
    return throwError(() => fault);
  }
}

/**
 * Nest turns what a handler throws into an Observable that it returns; unless that is awaited too, a
 * failed batch would count as applied.
 */
async function deliver(handler: Handler, batch: LogBatch): Promise<void> {
  const result = await handler(batch);
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
}
