import type { Instant } from '#libs/dossier';
import type { PutBy } from '../counters/put-by.js';
import { VarintReader, VarintWriter } from './varints.js';

/**
 * Differences of the ledger as bytes, some twenty each: names by their ids, instants and entries as the distance from
 * the one before. They are read where they lie, without an object for each.
 */
export type PackedDifferences = Buffer;

/** @param changes by instant of recording */
export function packDifferences(
  changes: readonly PutBy[],
  idOf: (name: string) => number,
): PackedDifferences {
  const writer = new VarintWriter();
  let last = 0;
  for (const [agency, procedure, channel, recordedAt, entries] of changes) {
    writer.number(recordedAt - last);
    last = recordedAt;
    for (const name of [agency, procedure, channel]) writer.number(idOf(name));
    writer.number(entries.length);
    let before = 0;
    for (const entry of entries) {
      writer.signed(entry - before);
      before = entry;
    }
  }
  return writer.finish();
}

/** Reads differences one after the other, and of each its entries. */
export class DifferenceCursor extends VarintReader {
  recordedAt: Instant = 0;
  agency = 0;
  procedure = 0;
  channel = 0;
  entry = 0;
  private left = 0;

  /** Goes to the next difference, before its entries; false: there is none. */
  next(): boolean {
    for (; this.left > 0; this.left -= 1) this.number();
    if (this.position >= this.bytes.length) return false;
    this.recordedAt += this.number();
    this.agency = this.number();
    this.procedure = this.number();
    this.channel = this.number();
    this.left = this.number();
    this.entry = 0;
    return true;
  }

  /** Goes to the next entry of the present difference; false: there is none. */
  nextEntry(): boolean {
    if (this.left === 0) return false;
    this.left -= 1;
    this.entry += this.signed();
    return true;
  }
}
