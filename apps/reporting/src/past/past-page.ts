import { VarintReader, VarintWriter } from './varints.js';

/**
 * Counts by key and slot, as bytes: keys ascending, of each key its slots ascending, every number as the distance
 * from the one before, in sevens of bits. Two to four bytes a count, where a row of the counters takes a hundred.
 */
export type Page = Buffer;

/** Reads a page count by count. */
export class PageCursor extends VarintReader {
  key = 0;
  slot = 0;
  count = 0;
  private inKey = false;

  /** Where the counts of the present key begin. */
  get place(): number {
    return this.position;
  }

  /** Goes to the next count; false: there is none. */
  next(): boolean {
    while (this.inKey || this.nextKey()) if (this.nextSlot()) return true;
    return false;
  }

  /** Goes behind the counts of the present key, and before those of the next; false: there is none. */
  nextKey(): boolean {
    while (this.inKey) this.nextSlot();
    if (this.position >= this.bytes.length) return false;
    this.key += this.number();
    this.goTo(this.position);
    return true;
  }

  /** Goes to the next count of the present key; false: there is none. */
  nextSlot(): boolean {
    const distance = this.number();
    if (distance === 0) {
      this.inKey = false;
      return false;
    }
    this.slot += distance;
    this.count = this.signed();
    return true;
  }

  /** Goes before the counts of the key whose place this is. */
  goTo(place: number): void {
    this.position = place;
    this.slot = -1;
    this.inKey = true;
  }
}

/** Writes a page; counts must come in order, and those of nothing are left out. */
export class PageWriter {
  private readonly numbers = new VarintWriter();
  private key = 0;
  private slot = -1;
  private inKey = false;

  add(key: number, slot: number, count: number): void {
    if (count === 0) return;
    if (!this.inKey || key !== this.key) {
      if (this.inKey) this.numbers.number(0);
      this.numbers.number(key - this.key);
      this.key = key;
      this.slot = -1;
      this.inKey = true;
    }
    this.numbers.number(slot - this.slot);
    this.slot = slot;
    this.numbers.signed(count);
  }

  finish(): Page {
    if (this.inKey) this.numbers.number(0);
    this.inKey = false;
    return this.numbers.finish();
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
