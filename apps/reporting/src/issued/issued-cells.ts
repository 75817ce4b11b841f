import { reportChecksum } from '../reports/report-checksum.js';

/** As much of a report as verifying it needs. */
export interface ReportCells {
  from: string;
  to: string;
  total: object;
  rows: readonly ({ key: string; name: string } & object)[];
}

/** A figure that is another in the second of two reports; of a row that one has not, it is 0 there. */
export interface CellDifference {
  /** null: the total. */
  key: string | null;
  name: string | null;
  figure: string;
  issued: number | null;
  other: number | null;
}

export interface CellDifferences {
  count: number;
  /** The first of them. */
  items: CellDifference[];
}

const MOST_SHOWN = 200;

/**
 * Checksum of the cells that `shape` has. A newer program may show figures that were not there when a report was
 * issued; they are no difference.
 */
export const checksumOf = (kind: string, { from, to, total, rows }: ReportCells, shape: object): string =>
  reportChecksum({
    ...{ report: kind, from, to },
    total: cutTo(shape, total),
    rows: rows.map((row) => ({ key: row.key, ...cutTo(shape, row) })),
  });

function cutTo(shape: object, value: object): object {
  const members = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(shape).map(([name, inner]: [string, unknown]) => {
      const own = members[name];
      const both = isObject(inner) && isObject(own);
      return [name, both ? cutTo(inner, own) : own];
    }),
  );
}

/** @param formula of its rates the percent is compared too: the one that the report was issued by */
export function differencesOf(
  issued: ReportCells,
  other: ReportCells,
  formula: string | null,
): CellDifferences {
  const figures = [...leavesOf(issued.total).keys()].filter(
    (figure) => !figure.startsWith('rates.') || figure === `rates.${formula}.percent`,
  );
  const [left, right] = [rowsOf(issued), rowsOf(other)];
  const differences: CellDifference[] = [];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [row, counterpart] = [left.get(key), right.get(key)];
    const name = (row ?? counterpart)?.name ?? null;
    for (const figure of figures) {
      const absent = figure.startsWith('rates.') ? null : 0;
      const [was, is] = [row?.cells.get(figure) ?? absent, counterpart?.cells.get(figure) ?? absent];
      if (was !== is) differences.push({ key, name, figure, issued: was, other: is });
    }
  }
  return { count: differences.length, items: differences.slice(0, MOST_SHOWN) };
}

interface RowCells {
  name: string | null;
  cells: Map<string, number | null>;
}

const rowsOf = ({ total, rows }: ReportCells): Map<string | null, RowCells> =>
  new Map<string | null, RowCells>([
    [null, { name: null, cells: leavesOf(total) }],
    ...rows.map((row): [string, RowCells] => [row.key, { name: row.name, cells: leavesOf(row) }]),
  ]);

/** Every number and null below an object, by its path. */
function leavesOf(value: object, path = ''): Map<string, number | null> {
  return new Map(
    Object.entries(value).flatMap(([name, inner]: [string, unknown]): [string, number | null][] => {
      if (typeof inner === 'number' || inner === null) return [[`${path}${name}`, inner]];
      return isObject(inner) ? [...leavesOf(inner, `${path}${name}.`)] : [];
    }),
  );
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
