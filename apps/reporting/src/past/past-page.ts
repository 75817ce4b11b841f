/**
 * Counts by key and slot, as bytes: keys ascending, of each key its slots ascending, every number as the distance
 * from the one before, in sevens of bits. Two to four bytes a count, where a row of the counters takes a hundred.
 */
export type Page = Buffer;

/** Reads a page count by count. */
export class PageCursor {
  key = 0;
  slot = 0;
  count = 0;
  private position = 0;
  private inKey = false;

  constructor(private readonly page: Page) {}

  /** Goes to the next count; false: there is none. */
  next(): boolean {
    for (;;) {
      if (!this.inKey) {
        if (this.position >= this.page.length) return false;
        this.key += this.number();
        this.slot = -1;
        this.inKey = true;
      }
      const distance = this.number();
      if (distance > 0) {
        this.slot += distance;
        const folded = this.number();
        this.count = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
        return true;
      }
      this.inKey = false;
    }
  }

  private number(): number {
    const { page } = this;
    let byte = page[this.position++] as number;
    if (byte < 128) return byte;
    let value = byte - 128;
    // Beyond 32 bits there are no shifts.
    for (let worth = 128; ; worth *= 128) {
      byte = page[this.position++] as number;
      if (byte < 128) return value + byte * worth;
      value += (byte - 128) * worth;
    }
  }
}

/** Writes a page; counts must come in order, and those of nothing are left out. */
export class PageWriter {
  private bytes = Buffer.allocUnsafe(4_096);
  private length = 0;
  private key = 0;
  private slot = -1;
  private inKey = false;

  add(key: number, slot: number, count: number): void {
    if (count === 0) return;
    if (!this.inKey || key !== this.key) {
      if (this.inKey) this.number(0);
      this.number(key - this.key);
      this.key = key;
      this.slot = -1;
      this.inKey = true;
    }
    this.number(slot - this.slot);
    this.slot = slot;
    this.number(count > 0 ? count * 2 : -count * 2 - 1);
  }

  finish(): Page {
    if (this.inKey) this.number(0);
    this.inKey = false;
    return Buffer.from(this.bytes.subarray(0, this.length));
  }

  private number(value: number): void {
    if (this.length + 8 > this.bytes.length) {
      const wider = Buffer.allocUnsafe(this.bytes.length * 2);
      this.bytes.copy(wider, 0, 0, this.length);
      this.bytes = wider;
    }
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest % 128) + 128;
    this.bytes[this.length++] = rest;
  }
}

/** The sum of two pages. */
export function addPages(left: Page, right: Page): Page {
  const writer = new PageWriter();
  const [a, b] = [new PageCursor(left), new PageCursor(right)];
  let [inA, inB] = [a.next(), b.next()];
  while (inA || inB) {
    const order = !inB ? -1 : !inA ? 1 : a.key - b.key || a.slot - b.slot;
    const { key, slot } = order <= 0 ? a : b;
    const count = (order <= 0 ? a.count : 0) + (order >= 0 ? b.count : 0);
    writer.add(key, slot, count);
    if (order <= 0) inA = a.next();
    if (order >= 0) inB = b.next();
  }
  return writer.finish();
}
