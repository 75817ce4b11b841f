import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { DataSource } from 'typeorm';
import { ByteMemory } from '../counters/byte-memory.js';
import type { PutBy } from '../counters/put-by.js';
import { type PackedDifferences, packDifferences } from './past-differences.js';

const MOST_BYTES = 32_000_000;

/** What no deflated text begins with, and packed differences do. */
export const PACKED = 0xff;

interface Remembered {
  differences: PackedDifferences;
  bytes: number;
}

/** Differences of epochs that have been read. */
export class EpochMemory {
  private readonly memory = new ByteMemory<Remembered>(MOST_BYTES);
  private readonly reading = new Map<number, Promise<PackedDifferences | undefined>>();

  /** @param idOf number of a name that was in the past when it was looked at last */
  constructor(
    private readonly database: DataSource,
    private readonly idOf: (name: string) => number,
  ) {}

  clear(): void {
    this.memory.clear();
  }

  /** By instant of recording; undefined: there is no such epoch any more. */
  async differencesOf(number: number): Promise<PackedDifferences | undefined> {
    const known = this.memory.get(`${number}`);
    if (known) return known.differences;
    // Whoever asks for the same meanwhile shares the answer.
    let reading = this.reading.get(number);
    if (!reading) {
      reading = this.read(number).finally(() => this.reading.delete(number));
      this.reading.set(number, reading);
    }
    return reading;
  }

  private async read(number: number): Promise<PackedDifferences | undefined> {
    const [row] = await this.database.query<{ changes: Buffer }[]>(
      'select changes from reporting.past_epoch where number = $1',
      [number],
    );
    if (!row) return undefined;
    const differences = row.changes[0] === PACKED ? row.changes.subarray(1) : await this.repack(row.changes);
    this.memory.set(`${number}`, { differences, bytes: differences.length });
    return differences;
  }

  /** Written by an earlier version: JSON, deflated. */
  private async repack(changes: Buffer): Promise<PackedDifferences> {
    const read = JSON.parse((await inflate(changes)).toString('utf8')) as PutBy[];
    return packDifferences(
      read.sort((a, b) => a[3] - b[3]),
      this.idOf,
    );
  }
}

const inflate = promisify(inflateRaw);
