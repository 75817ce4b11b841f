import type { Instant } from '#libs/dossier';

/** Languages of what is written out; index into `Words`. */
export const LANGUAGES = ['vi', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export type Words = readonly [vi: string, en: string];
export const say = (words: Words, language: Language): string => words[language === 'vi' ? 0 : 1];

/**
 * What a cell holds, so that each format can write it as its own kind: `code` a text of which every row has another;
 * `percent` two decimals of a hundred; `date` YYYY-MM-DD; `instant` RFC 3339; `flag` true or false. Null: empty.
 */
export type CellKind = 'text' | 'code' | 'count' | 'percent' | 'date' | 'instant' | 'flag';
export type Cell = string | number | boolean | null;

export interface Column<Row> {
  /** Headings from the outermost to its own; neighbours under the same heading share it. */
  path: readonly string[];
  kind: CellKind;
  /** In characters. */
  width: number;
  /** Small print below the headings, as the form has its column numbers. */
  mark?: string;
  of: (row: Row) => Cell;
}

/** What every format is written from. Rows come in batches, so that a million of them never lie side by side. */
export interface Table<Row> {
  title: string;
  columns: readonly Column<Row>[];
  rows: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>;
  total?: { label: string; row: Row };
}

/** A line of what must be known about the figures: period, instant of knowledge, formulas. */
export interface Note {
  label: string;
  value: Cell;
  kind?: CellKind;
}

/** What is true of an export in every format. */
export interface ExportHead {
  language: Language;
  /** Instant of knowledge. */
  asOf: Instant;
  /** Without extension. */
  fileName: string;
}

/** A heading over one or more columns, at a level of the head. */
export interface HeadCell {
  text: string;
  column: number;
  columns: number;
  level: number;
  levels: number;
}

/** The head of a table: headings shared sideways, and stretched down where a column has fewer levels. */
export function headOf(columns: readonly Pick<Column<never>, 'path'>[]): {
  levels: number;
  cells: HeadCell[];
} {
  const levels = Math.max(...columns.map(({ path }) => path.length));
  const cells: HeadCell[] = [];
  for (let level = 0; level < levels; level += 1) {
    columns.forEach(({ path }, column) => {
      const text = path[level];
      if (text === undefined) return;
      const last = level === path.length - 1;
      const before = column === 0 ? undefined : columns[column - 1]?.path;
      const shared =
        !last && before !== undefined && before.length > level + 1 && sameUpTo(path, before, level);
      if (shared) {
        const open = cells.findLast((cell) => cell.level === level);
        if (open) open.columns += 1;
      } else {
        cells.push({ text, column, columns: 1, level, levels: last ? levels - level : 1 });
      }
    });
  }
  return { levels, cells };
}

const sameUpTo = (a: readonly string[], b: readonly string[], level: number): boolean =>
  a.slice(0, level + 1).every((text, at) => text === b[at]);
