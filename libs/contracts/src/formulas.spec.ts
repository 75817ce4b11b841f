import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { FORMULAS, MEASURES, type ReportRow, reportRow } from '#libs/dossier';
import { readFormulaRegistry } from './formulas.js';

const shipped = (): { formulas: object[] } =>
  JSON.parse(readFileSync(new URL('../../../data/formulas.json', import.meta.url), 'utf8')) as {
    formulas: object[];
  };

/** `-open.noDueDate` of a row: its figure, with the sign. */
function valueOf(row: ReportRow, term: string): number {
  const value = term
    .slice(1)
    .split('.')
    .reduce<unknown>((at, member) => (at as Record<string, unknown>)[member], row);
  return (term.startsWith('-') ? -1 : 1) * (value as number);
}

describe('the registry of formulas', () => {
  const { formulas } = readFormulaRegistry(shipped());

  it('words each formula that is computed, in their order', () =>
    expect(formulas.map(({ id }) => id)).toEqual([...FORMULAS]));

  it.each(formulas)('says of $id what is computed', ({ id, terms }) => {
    const counts = () => fc.array(fc.nat(1_000), { minLength: MEASURES.length, maxLength: MEASURES.length });
    fc.assert(
      fc.property(counts(), counts(), counts(), (carriedOver, flows, open) => {
        const row = reportRow(carriedOver, flows, open);
        const sum = (list: readonly string[]) => list.reduce((total, term) => total + valueOf(row, term), 0);
        expect([sum(terms.numerator), sum(terms.denominator)]).toEqual([
          row.rates[id].numerator,
          row.rates[id].denominator,
        ]);
      }),
    );
  });

  it.each([
    ['one is left out', (all: object[]) => all.slice(1)],
    ['one is there twice', (all: object[]) => [...all, ...all.slice(-1)]],
    ['one is unknown', (all: object[]) => [...all, { ...all[0], id: 'd' }]],
    ['one has no source', (all: object[]) => all.map((one) => ({ ...one, source: undefined }))],
  ])('is refused where %s', (_, change) =>
    expect(() => readFormulaRegistry({ formulas: change(shipped().formulas) })).toThrow(),
  );
});
