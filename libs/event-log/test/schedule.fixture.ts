/**
 * Decides what goes on next, from one seed: everything that waits waits here, and one of those that could go
 * on is let go at a time. The same seed gives the same run.
 */
export class Schedule {
  /** Steps taken. */
  now = 0;
  /** False at the end of a run: what only waits for more to do may end. */
  goesOn = true;
  private waiting: { held: () => boolean; go: () => void }[] = [];
  private timers: { at: number; work: () => void }[] = [];

  constructor(private state: number) {}

  /** From 0 up to below a bound. */
  below(bound: number): number {
    // Mulberry32: small, and good enough to choose with.
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** An await that ends when its turn comes; not while `held`. */
  step(held: () => boolean): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ held, go: resolve }));
  }

  /** Work to be done in so many steps. */
  later(steps: number, work: () => void): void {
    this.timers.push({ at: this.now + steps, work });
  }

  /** Lets one of those that wait go on; everything that follows from it happens before this resolves. */
  async advance(): Promise<void> {
    this.now += 1;
    const due = this.timers.filter(({ at }) => at <= this.now);
    this.timers = this.timers.filter(({ at }) => at > this.now);
    for (const { work } of due) work();
    const ready = this.waiting.filter(({ held }) => !held());
    if (ready.length > 0) {
      const next = this.pick(ready);
      this.waiting.splice(this.waiting.indexOf(next), 1);
      next.go();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
