import type { Tree } from './address.js';
import { NO_FORM_CHOICE } from './form-address.js';
import { monthParts } from './list-address.js';
import { rowLists, type ListTarget } from './parts/list-link.js';
import { monthWithin, type Period } from './period.js';

/** Whose dossiers a report counts, in which period, and as known when. */
export interface ReportScope extends Period {
  by: string | null;
  agency: string | null;
  procedure?: string | undefined;
  domain?: string | undefined;
  channel?: string | undefined;
  /** Each agency with its own alone. */
  flat?: boolean;
  tree?: Tree;
  /** Null: now, as the list will be. */
  asOf: string | null;
  notes: readonly { kind: string; on: string }[];
}

/** The dossiers behind the figures of a report's row; null: of its total. */
export function reportLists(scope: ReportScope, key: string | null): ListTarget {
  const { from, to, agency, procedure, domain, channel, asOf } = scope;
  const row = key === null ? {} : rowTarget(scope, key);
  return {
    to: {
      ...{ period: { from, to }, agency, procedure: procedure ?? null, level: null },
      ...{ tree: scope.tree ?? 'recorded', form: NO_FORM_CHOICE, ...row.to },
    },
    parts: {
      ...(domain !== undefined && { domain }),
      ...(channel !== undefined && { channel }),
      ...(asOf !== null && { asOf }),
      ...row.parts,
    },
  };
}

function rowTarget({ by, agency, flat, from, to, notes }: ReportScope, key: string): ListTarget {
  switch (by) {
    case 'agency':
    case 'procedure':
    case 'domain':
    case 'channel':
      return rowLists(by, key, agency, flat);
    case 'month': {
      const period = monthWithin({ from, to }, key);
      return { to: { period }, parts: monthParts(period, { from, to }, notes) };
    }
    default:
      return {};
  }
}

/** A report's scope from the parameters that it was asked with. */
export const scopeOfQuestion = (
  question: Readonly<Record<string, string>>,
  { from, to, by, notes }: { from: string; to: string; by: string | null; notes?: ReportScope['notes'] },
  asOf: string | null,
): ReportScope => ({
  ...{ from, to, by, asOf, notes: notes ?? [] },
  agency: question.agency ?? null,
  ...{ procedure: question.procedure, domain: question.domain, channel: question.channel },
  flat: question.flat === 'true',
  tree: question.tree === 'current' ? 'current' : 'recorded',
});
