import { createHash } from 'node:crypto';

/** What a checksum stands for: the figures of a period, whoever is asked for them and in whatever format. */
export interface CheckedCells {
  /** Kind of the report, e.g. `timeliness`. */
  report: string;
  /** First and last civil day. */
  from: string;
  to: string;
  total: object;
  rows: readonly ({ key: string } & object)[];
}

/**
 * SHA-256 (64 hexadecimal digits) of the cells of a report: a line `path=value` for every number and every null, in
 * byte order, after the kind and the bounds. Names, words and the instant of knowledge are left out, so the same
 * figures give the same checksum, and other figures another.
 */
export function reportChecksum({ report, from, to, total, rows }: CheckedCells): string {
  const lines = [total, ...rows].flatMap((row, nth) =>
    leaves(row, nth === 0 ? 'total' : `rows/${encodeURIComponent(rows[nth - 1]?.key ?? '')}`),
  );
  const canonical = [report, from, to, ...lines.sort()].join('\n');
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}

function leaves(value: unknown, path: string): string[] {
  if (typeof value === 'number' || value === null) return [`${path}=${String(value)}`];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}/${name}`));
}

/** SHA-256 of a long list while it passes by: a line per row, its cells with tabs between, null as nothing. */
export class ListChecksum {
  private readonly hash = createHash('sha256');

  add(rows: readonly (readonly unknown[])[]): void {
    let lines = '';
    for (const row of rows) lines += `${row.join('\t')}\n`;
    this.hash.update(lines, 'utf8');
  }

  /** Of what passed by so far. */
  digest(): string {
    return this.hash.copy().digest('hex');
  }
}
