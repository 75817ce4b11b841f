import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDay, parseDay } from './instant.js';
import { type DatedAgency, Organisation, TREE_MODES } from './organisation.js';

const day = (text: string): number => parseDay(text)!;
const [BEFORE, AFTER] = ['2025-06-30', '2025-07-01'];

/**
 * Two provinces become one and districts end: a ward that stays, one that is taken over by a new ward, one that is
 * divided between two.
 */
const AGENCIES: DatedAgency[] = [
  { id: 'P' },
  { id: 'Q', validTo: BEFORE, successors: ['P'] },
  { id: 'P.S', parent: 'P' },
  { id: 'Q.S', parent: 'Q', validTo: BEFORE, successors: ['P.S'] },
  { id: 'P.D', parent: 'P', validTo: BEFORE, successors: ['P.stays', 'P.new'] },
  { id: 'P.stays', parent: 'P', parents: [{ parent: 'P.D', validTo: BEFORE }] },
  { id: 'P.old', parent: 'P.D', validTo: BEFORE, successors: ['P.new'] },
  { id: 'P.halved', parent: 'P.D', validTo: BEFORE, successors: ['P.new', 'P.stays'] },
  { id: 'P.new', parent: 'P', validFrom: AFTER },
  { id: 'Q.gone', parent: 'Q', validTo: BEFORE },
];

const tree = (mode: (typeof TREE_MODES)[number], on: string, agencies = AGENCIES) =>
  new Organisation(agencies).tree(mode, day(on));

describe('the tree as recorded', () => {
  it('has on the last day before a change whom it had', () => {
    const before = tree('recorded', BEFORE);
    expect(before.childrenOf()).toEqual(['P', 'Q']);
    expect(before.childrenOf('P')).toEqual(['P.S', 'P.D', 'P.new']);
    expect(before.childrenOf('P.D')).toEqual(['P.stays', 'P.old', 'P.halved']);
    expect(before.subtree('P.D').sort()).toEqual(['P.D', 'P.halved', 'P.old', 'P.stays']);
  });

  it('has from the first day on the ward under its new parent, what ended under its last one', () => {
    const after = tree('recorded', AFTER);
    expect(after.childrenOf('P')).toEqual(['P.S', 'P.D', 'P.stays', 'P.new']);
    expect(after.childrenOf('P.D')).toEqual(['P.old', 'P.halved']);
    expect(after.childrenOf()).toEqual(['P', 'Q']);
  });

  it('is the same on every day where there are no dates', () => {
    const plain = AGENCIES.map(({ id, parent }) => ({ id, parent }));
    for (const mode of TREE_MODES) {
      const [long, now] = ['1900-01-01', '2026-11-28'].map((on) => tree(mode, on, plain));
      for (const { id } of plain) expect([id, long?.subtree(id)]).toEqual([id, now?.subtree(id)]);
      expect(now?.subtree('P').sort()).toEqual(['P', 'P.D', 'P.S', 'P.halved', 'P.new', 'P.old', 'P.stays']);
    }
  });
});

describe('the tree restated to a day', () => {
  it('gives what has ended to its one successor from the day after on', () => {
    const on = ['2025-06-29', BEFORE, AFTER].map((text) => tree('current', text).unitOf('P.old'));
    expect(on).toEqual(['P.old', 'P.old', 'P.new']);
    expect(tree('current', AFTER).unitOf('Q')).toBe('P');
  });

  it('keeps a unit of its own of what has several successors, or none, below the living one above', () => {
    const now = tree('current', AFTER);
    expect(['P.D', 'P.halved', 'Q.gone'].map((id) => now.unitOf(id))).toEqual(['P.D', 'P.halved', 'Q.gone']);
    expect(now.childrenOf()).toEqual(['P']);
    expect([...now.childrenOf('P')].sort()).toEqual([
      ...['P.D', 'P.S', 'P.halved', 'P.new', 'P.stays', 'Q.gone'],
    ]);
    expect(now.subtree('P').sort()).toEqual(AGENCIES.map(({ id }) => id).sort());
    expect(now.subtree('P.S').sort()).toEqual(['P.S', 'Q.S']);
  });

  it('follows successors of successors, and none that the catalogue does not know', () => {
    const chain: DatedAgency[] = [
      { id: 'a', validTo: '2019-12-31', successors: ['b'] },
      { id: 'b', validTo: '2021-12-31', successors: ['c'] },
      { id: 'c' },
      { id: 'lost', validTo: '2019-12-31', successors: ['nobody'] },
    ];
    expect(
      ['2019-12-31', '2020-01-01', '2022-01-01'].map((on) => tree('current', on, chain).unitOf('a')),
    ).toEqual([...['a', 'b', 'c']]);
    expect(tree('current', '2022-01-01', chain).unitOf('lost')).toBe('lost');
  });

  it('puts a ward under the province where it is itself the only successor of its district', () => {
    const own: DatedAgency[] = [
      { id: 'P' },
      { id: 'D', parent: 'P', validTo: BEFORE, successors: ['W'] },
      { id: 'W', parent: 'D' },
    ];
    const now = tree('current', AFTER, own);
    expect([now.unitOf('D'), now.childrenOf('P'), now.subtree('W').sort()]).toEqual(['W', ['W'], ['D', 'W']]);
  });
});

describe('changes', () => {
  const organisation = new Organisation(AGENCIES);
  it.each([
    ['2025-06-01', '2025-06-30', 0],
    ['2025-06-30', '2025-07-01', 1],
    ['2025-07-01', '2025-07-31', 0],
  ])('divide %s to %s: %d', (from, to, count) =>
    expect(organisation.changes(day(from), day(to))).toHaveLength(count),
  );

  it('say who ended, began and moved', () => {
    const [change] = organisation.changes(day('2025-01-01'), day('2025-12-31'));
    expect({ ...change, on: formatDay(change!.on) }).toEqual({
      on: AFTER,
      ended: ['Q', 'Q.S', 'P.D', 'P.old', 'P.halved', 'Q.gone'],
      begun: ['P.new'],
      moved: ['P.stays'],
    });
  });

  it('tell who existed, at the three instants of each end', () => {
    expect(
      ['2025-06-29', '2025-06-30', '2025-07-01'].map((on) => organisation.existed('P.old', day(on), day(on))),
    ).toEqual([true, true, false]);
    expect(
      ['2025-06-30', '2025-07-01', '2025-07-02'].map((on) => organisation.existed('P.new', day(on), day(on))),
    ).toEqual([false, true, true]);
  });
});

it('every agency counts at exactly one of the roots, whatever the dates and successors say', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const dates = fc.option(fc.constantFrom('2020-01-01', '2022-06-30', '2025-07-01'), { nil: undefined });
  const id = fc.option(fc.constantFrom(...ids), { nil: undefined });
  const agency = fc.record({
    parent: id,
    parents: fc.array(fc.record({ parent: id, validFrom: dates, validTo: dates }), { maxLength: 2 }),
    validFrom: dates,
    validTo: dates,
    successors: fc.uniqueArray(fc.constantFrom(...ids, 'unknown'), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(
      fc.array(agency, { minLength: 5, maxLength: 5 }),
      fc.constantFrom('2019-01-01', '2022-06-30', '2022-07-01', '2026-01-01'),
      fc.constantFrom(...TREE_MODES),
      (agencies, on, mode) => {
        const found = tree(
          mode,
          on,
          agencies.map((one, nth) => ({ id: ids[nth]!, ...one })),
        );
        expect(
          found
            .childrenOf()
            .flatMap((root) => found.subtree(root))
            .sort(),
        ).toEqual(ids);
        for (const one of ids) expect(found.unitOf(found.unitOf(one))).toBe(found.unitOf(one));
      },
    ),
  );
});
