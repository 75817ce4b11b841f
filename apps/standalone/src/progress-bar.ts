import type { EntityManager } from 'typeorm';

const DRAW_EVERY_MS = 250;

/** Progress over stored events, on stderr: a bar in a terminal, a line every so often elsewhere. */
export class ProgressBar {
  private count = 0;
  private readonly started = Date.now();
  private drawnAt = 0;

  private constructor(
    private readonly total: number,
    private readonly quiet: boolean,
  ) {}

  static async over(manager: EntityManager, quiet: boolean): Promise<ProgressBar> {
    if (quiet) return new ProgressBar(0, true);
    const rows = await manager.query<{ count: string }[]>(
      'select count(*) as count from processing.dossier_event',
    );
    return new ProgressBar(Number(rows[0]?.count ?? 0), false);
  }

  add(events: number): void {
    this.count += events;
    const now = Date.now();
    const every = process.stderr.isTTY ? DRAW_EVERY_MS : 5_000;
    if (this.quiet || now - this.drawnAt < every) return;
    this.drawnAt = now;
    this.draw();
  }

  /** Ends the bar; the number of events seen. */
  done(): number {
    if (!this.quiet) {
      this.draw();
      if (process.stderr.isTTY) process.stderr.write('\n');
    }
    return this.count;
  }

  private draw(): void {
    const seconds = Math.max(0.001, (Date.now() - this.started) / 1_000);
    const rate = this.count / seconds;
    const share = this.total === 0 ? 1 : Math.min(1, this.count / this.total);
    const left = rate > 0 ? Math.ceil((this.total - this.count) / rate) : 0;
    const bar = '█'.repeat(Math.round(share * 30)).padEnd(30, '░');
    const line = `${bar} ${(share * 100).toFixed(1)} %  ${this.count} events  ${Math.round(rate)}/s  ${Math.max(0, left)} s left`;
    process.stderr.write(process.stderr.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
  }
}
