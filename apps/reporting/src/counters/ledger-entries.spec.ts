import { describe, expect, it } from '@jest/globals';
import { MEASURES, parseInstant } from '#libs/dossier';
import { type LedgerChange, pack, restatedIn } from './ledger-entries.js';

const change = (recordedAt: string, at: string, measure: (typeof MEASURES)[number]): LedgerChange => ({
  ...{ source: 'urn:s', code: 'H13-0001', recordedAt: instant(recordedAt) },
  cell: { agency: 'A', procedure: 'p', channel: 'counter' },
  entries: pack([
    { at: instant(at), measure: MEASURES.indexOf(measure), delta: 1, cell: 'resolving' as const },
  ]),
});
const instant = (text: string): number => {
  const parsed = parseInstant(text);
  if (typeof parsed !== 'number') throw new Error(`no instant: ${text}`);
  return parsed;
};

describe('changes of a month that is over', () => {
  // The month ends at midnight in Vietnam.
  it.each([
    ['2026-01-31T23:59:59.999+07:00', '2026-02-01T00:00:00.000+07:00', 1],
    ['2026-01-31T23:59:59.999+07:00', '2026-01-31T23:59:59.999+07:00', 0],
    ['2026-02-01T00:00:00.000+07:00', '2026-02-01T00:00:00.000+07:00', 0],
    ['2026-02-01T00:00:00.000+07:00', '2026-02-28T23:59:59.999+07:00', 0],
    ['2026-02-01T00:00:00.000+07:00', '2026-03-01T00:00:00.000+07:00', 1],
  ])('what happened %s and was recorded %s counts %d', (at, recordedAt, count) => {
    expect(restatedIn([change(recordedAt, at, 'resolvedLate')])).toBe(count);
  });

  it('are of what happens in it, not of what stands at an instant', () => {
    const [at, recordedAt] = ['2026-01-10T08:00:00+07:00', '2026-02-10T08:00:00+07:00'];
    expect(restatedIn([change(recordedAt, at, 'refused'), change(recordedAt, at, 'inTime')])).toBe(1);
  });
});
