import type { CounterKind } from './counters.js';
import type { LedgerCell } from './ledger-entries.js';

/** Which rows of the counters answer a question, and by which columns they are told apart. */
export interface CounterLevel {
  /** Two levels of one name give the same rows. */
  name: string;
  columns: readonly (keyof LedgerCell)[];
  kind: CounterKind;
  /** Which of these rows; undefined: all. */
  filter?: CellFilter;
}

/** Which cells count; undefined: all. */
export interface CellFilter {
  agencies: readonly string[] | undefined;
  procedures: readonly string[] | undefined;
  channel: string | undefined;
}

/** Whether a filter lets a cell pass. */
export function passing(filter: CellFilter | undefined): (cell: LedgerCell) => boolean {
  if (!filter) return () => true;
  const { agencies, procedures, channel } = filter;
  const [inAgencies, inProcedures] = [agencies && new Set(agencies), procedures && new Set(procedures)];
  return (cell) =>
    (!inAgencies || inAgencies.has(cell.agency)) &&
    (!inProcedures || inProcedures.has(cell.procedure)) &&
    (channel === undefined || cell.channel === channel);
}
