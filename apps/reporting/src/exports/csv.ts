import type { Cell, CellKind, Table } from './table.js';
import { FORMULA } from './xlsx.js';

/** Between cells: a comma, or what a spreadsheet set to Vietnamese expects, with a comma in decimals. */
export const SEPARATORS = { comma: ',', semicolon: ';' } as const;
export type Separator = keyof typeof SEPARATORS;

const PIECE = 64 * 1024;

/**
 * A table as CSV (RFC 4180: CRLF, quotes where needed) in UTF-8 with a byte order mark, as it is made. One row of
 * headings, those of several levels joined; no total, which a sum over the rows would count twice. Instants and dates are
 * written as the API writes them. A text that begins like a formula gets an apostrophe before it.
 */
export async function* csv<Row>(
  { columns, rows }: Pick<Table<Row>, 'columns' | 'rows'>,
  separator: Separator,
): AsyncGenerator<string> {
  const mark = SEPARATORS[separator];
  const line = (cells: readonly string[]): string => `${cells.join(mark)}\r\n`;
  let piece = `\ufeff${line(columns.map(({ path }) => quoted(path.join(': '), mark)))}`;
  for await (const batch of rows) {
    for (const row of batch) {
      piece += line(columns.map(({ of, kind }) => written(of(row), kind, mark)));
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

function written(value: Cell, kind: CellKind, mark: string): string {
  if (value === null) return '';
  switch (kind) {
    case 'text':
    case 'code':
      return quoted(String(value), mark);
    case 'percent': {
      const text = Number(value).toFixed(2);
      return mark === ';' ? text.replace('.', ',') : text;
    }
    case 'count':
    case 'date':
    case 'instant':
    case 'flag':
      return String(value);
  }
}

function quoted(text: string, mark: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /["\r\n]|^\s|\s$/.test(safe) || safe.includes(mark) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
