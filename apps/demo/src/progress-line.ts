/** A stream that may be a terminal. */
export interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

const BAR_WIDTH = 28;
const PLAIN_EVERY_MS = 5_000;
const REDRAW_EVERY_MS = 100;

/**
 * Shows how far a long step is: one line that redraws itself on a terminal, a plain line every five
 * seconds elsewhere (logs of CI). `now` is in milliseconds from any fixed point.
 */
export class ProgressLine {
  private shownAt = -Infinity;

  constructor(
    private readonly label: string,
    private readonly output: Output,
    private readonly startedAt: number,
  ) {}

  /** @param share done so far, 0 to 1; below 1 until `finish` */
  show(done: number, share: number, now: number): void {
    if (now - this.shownAt < (this.output.isTTY ? REDRAW_EVERY_MS : PLAIN_EVERY_MS)) return;
    this.shownAt = now;
    const seconds = Math.max((now - this.startedAt) / 1_000, 0.001);
    const known = Math.min(share, 0.999);
    const left = known > 0.01 ? `, còn ${clock((seconds * (1 - known)) / known)} left` : '';
    this.draw(
      `${bar(known)} ${String(Math.floor(known * 100)).padStart(3)} %  ${grouped(done)} sự kiện/events, ${grouped(done / seconds)}/s${left}`,
    );
  }

  /** A state that has no known share, e.g. a lag that shrinks. */
  say(text: string, now: number): void {
    if (now - this.shownAt < (this.output.isTTY ? REDRAW_EVERY_MS : PLAIN_EVERY_MS)) return;
    this.shownAt = now;
    this.draw(text);
  }

  finish(text: string): void {
    this.draw(text);
    if (this.output.isTTY) this.output.write('\n');
  }

  private draw(text: string): void {
    const line = `${this.label}  ${text}`;
    this.output.write(this.output.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  }
}

/** Whole number with a comma per thousand: the form that scripts look for, whatever the locale. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1:05`, minutes and seconds. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}
