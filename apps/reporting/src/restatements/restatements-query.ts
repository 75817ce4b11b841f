import { dayOf, formatDay, type Instant, parseInstant, ROW_FIGURES, type RowFigure } from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { QueryReader, type RawQuery, readReportQuery, type ReportQuery } from '../reports/report-query.js';

export const RESTATEMENT_GROUPINGS = ['agency', 'procedure', 'channel', 'domain'] as const;

const FILTERS = ['agency', 'procedure', 'domain', 'channel'] as const;
const PERIOD = ['from', 'to', 'period', 'bounds', 'between'] as const;
const PARAMETERS = [...PERIOD, 'by', ...FILTERS, 'dossiers', 'cursor', 'limit'] as const;
const DOSSIER_PARAMETERS = [...PERIOD, 'figure', ...FILTERS, 'flat', 'cursor', 'limit'] as const;

/** What changed in a period between two instants of knowledge. */
export interface RestatementsQuery {
  /** The question as of `until`. */
  report: ReportQuery;
  /** The earlier instant of knowledge; the later one is the report's `asOf`. */
  since: Instant;
  limit: number;
}

export interface CellsQuery extends RestatementsQuery {
  /** How many dossiers are shown with each cell. */
  dossiers: number;
  after: CellPlace | undefined;
}

export interface DossiersQuery extends RestatementsQuery {
  figure: RowFigure;
  after: { source: string; code: string } | undefined;
}

/** Where a page begins: behind this cell. */
export interface CellPlace {
  key: readonly [string, string, string];
  /** Index into `ROW_FIGURES`. */
  figure: number;
}

export function readCellsQuery(raw: RawQuery, catalogue: Catalogue, now: Instant): CellsQuery {
  const reader = new QueryReader(raw, PARAMETERS);
  const dossiers = readCount(reader, 'dossiers', 5, 0, 50);
  const limit = readCount(reader, 'limit', 50, 1, 200);
  const after = readCursor(reader, (parts): CellPlace | undefined => {
    const [a, b, c, figure] = parts;
    return parts.length === 4 && areTexts([a, b, c]) && Number.isInteger(figure)
      ? { key: [a as string, b as string, c as string], figure: figure as number }
      : undefined;
  });
  return { ...readPart(reader, catalogue, now), dossiers, limit, after };
}

export function readDossiersQuery(raw: RawQuery, catalogue: Catalogue, now: Instant): DossiersQuery {
  const reader = new QueryReader(raw, DOSSIER_PARAMETERS);
  const names = ROW_FIGURES.map(({ name }) => name);
  const name = reader.oneOf('figure', names);
  if (name === undefined && !reader.faults.some(({ pointer }) => pointer === '/figure'))
    reader.fault('figure', 'missing', `Which figure: one of ${names.join(', ')}.`);
  if (reader.text('flat') === 'true' && reader.text('agency') === undefined)
    reader.fault('flat', 'bad-value', 'Means the own dossiers of an `agency`; there is none.');
  const limit = readCount(reader, 'limit', 50, 1, 500);
  const after = readCursor(reader, (parts) => {
    const [source, code] = parts;
    return parts.length === 2 && areTexts(parts)
      ? { source: source as string, code: code as string }
      : undefined;
  });
  const part = readPart(reader, catalogue, now);
  return { ...part, figure: ROW_FIGURES[names.indexOf(name ?? '')] as RowFigure, limit, after };
}

/** Period, filters and the two instants; refuses everything that was wrong so far. */
function readPart(
  reader: QueryReader,
  catalogue: Catalogue,
  now: Instant,
): Pick<RestatementsQuery, 'report' | 'since'> {
  const [since, until] = readBetween(reader, now);
  const report = readReportQuery({}, catalogue, until ?? now, { reader, groupings: RESTATEMENT_GROUPINGS });
  if (since !== undefined && report.from > dayOf(since)) {
    const detail = `The period begins after ${formatDay(dayOf(since))}, the day of the first instant.`;
    reader.fault(report.period ? 'period' : 'from', 'out-of-range', detail);
    reader.done();
  }
  return { report: { ...report, historical: true }, since: since ?? now };
}

function readBetween(reader: QueryReader, now: Instant): [Instant | undefined, Instant | undefined] {
  // An unescaped + in an address reads as a space; nothing else can be meant here.
  const text = reader.text('between')?.replaceAll(/ (\d\d:\d\d)/g, '+$1');
  if (text === undefined) {
    if (!reader.faults.some(({ pointer }) => pointer === '/between'))
      reader.fault('between', 'missing', 'Two instants of knowledge are required: between=A,B.');
    return [undefined, undefined];
  }
  const instants = text.split(',').map((part) => parseInstant(part));
  const [since, until] = instants;
  if (instants.length !== 2 || since === undefined || until === undefined) {
    reader.fault('between', 'bad-instant', 'Must be two RFC 3339 instants with an offset: between=A,B.');
    return [undefined, undefined];
  }
  if (until > now) reader.fault('between', 'out-of-range', 'Lies in the future: nothing is known then yet.');
  else if (since >= until) reader.fault('between', 'out-of-range', 'The first instant must come first.');
  return [since, until];
}

function readCount(reader: QueryReader, name: string, usual: number, least: number, most: number): number {
  const text = reader.text(name) ?? String(usual);
  const count = /^\d{1,3}$/.test(text) ? Number(text) : -1;
  if (count < least || count > most)
    reader.fault(name, 'out-of-range', `Must be a whole number from ${least} to ${most}.`);
  return count;
}

export const writeCursor = (parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

function readCursor<Place>(
  reader: QueryReader,
  placeOf: (parts: unknown[]) => Place | undefined,
): Place | undefined {
  const text = reader.text('cursor');
  if (text === undefined) return undefined;
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
    const place = Array.isArray(parsed) ? placeOf(parsed) : undefined;
    if (place !== undefined) return place;
  } catch {
    // Told below.
  }
  reader.fault('cursor', 'bad-value', 'Is not a cursor that this list gave.');
  return undefined;
}

const areTexts = (values: readonly unknown[]): boolean =>
  values.every((value) => typeof value === 'string' && !value.includes('\u0000'));
