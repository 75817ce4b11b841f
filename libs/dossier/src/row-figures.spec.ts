import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MEASURES } from './ledger.js';
import { reportRow } from './rates.js';
import { ROW_FIGURES } from './row-figures.js';

const leaves = (value: object, path = ''): [string, number][] =>
  Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null
      ? leaves(inner, `${path}${name}.`)
      : [[`${path}${name}`, inner as number] as [string, number]],
  );

describe('the figures of a report line', () => {
  it('are the sums that the line itself has, each of them, in its order', () => {
    const counts = fc.array(fc.nat(1_000), { minLength: MEASURES.length, maxLength: MEASURES.length });
    fc.assert(
      fc.property(counts, counts, (before, within) => {
        const both = before.map((count, measure) => count + (within[measure] ?? 0));
        const { rates: _rates, ...row } = reportRow(before, within, both);
        const sums = { before, within, both };
        const found = ROW_FIGURES.map(({ name, span, measures }): [string, number] => [
          name,
          measures.reduce((sum, measure) => sum + (sums[span][measure] ?? 0), 0),
        ]);
        expect(found).toEqual(leaves(row));
      }),
    );
  });
});
