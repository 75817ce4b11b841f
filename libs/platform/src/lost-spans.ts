import type { Logger } from './logger.js';

const TOLD_EVERY_MS = 60_000;

/** Says that spans are lost, once a minute at most: a collector that is away must not fill the log either. */
export class LostSpans {
  private count = 0;
  private toldAt = -Infinity;

  constructor(private readonly logger: Pick<Logger, 'warn'>) {}

  /** @param now milliseconds of a clock that only goes forward */
  add(count: number, reason: string, now: number = performance.now()): void {
    this.count += count;
    if (now - this.toldAt < TOLD_EVERY_MS) return;
    this.logger.warn(
      { lost: this.count, reason },
      'spans are lost: the collector of OTEL_EXPORTER_OTLP_ENDPOINT does not take them',
    );
    this.count = 0;
    this.toldAt = now;
  }
}
