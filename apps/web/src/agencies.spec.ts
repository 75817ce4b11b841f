import { describe, expect, it } from '@jest/globals';
import { AgencyTree, levelsOf, rowsFromFlat, type Agency } from './agencies.js';
import { sumRows } from './figures.js';

const agency = (id: string, kind: Agency['kind'], parent?: string): Agency => ({
  id,
  name: id,
  kind,
  parent,
});
const tree = new AgencyTree([
  agency('P', 'province'),
  agency('S', 'department', 'P'),
  agency('D1', 'district', 'P'),
  agency('D2', 'district', 'P'),
  agency('C1', 'commune', 'D1'),
  agency('C2', 'commune', 'D2'),
  agency('O', 'office', 'C1'),
]);

describe('the tree of agencies', () => {
  it('offers the levels below a province, communes although they belong to districts', () => {
    expect(levelsOf(tree, 'P').map((level) => [level.kind, level.agencies.length, level.direct])).toEqual([
      ['department', 1, true],
      ['district', 2, true],
      ['commune', 2, false],
    ]);
    expect(levelsOf(tree, 'D1').map((level) => level.kind)).toEqual(['commune']);
    expect(levelsOf(tree, 'O')).toEqual([]);
  });

  it('knows the way down to an agency', () => {
    expect(tree.path('O').map(({ id }) => id)).toEqual(['P', 'D1', 'C1', 'O']);
    expect(tree.path('nobody')).toEqual([]);
  });

  it('takes an agency with an unknown parent for a root', () => {
    expect(new AgencyTree([agency('X', 'commune', 'gone')]).children(null)).toHaveLength(1);
  });

  it('has rows of those of its kind that the report counts here and the tree of now elsewhere', () => {
    const moved = new AgencyTree([
      ...tree.below(null),
      agency('X', 'province'),
      agency('C3', 'commune', 'X'),
    ]);
    const flat = ['C1', 'C3', 'S'].map((key) => ({ key, ...sumRows([]), carriedOver: 1 }));
    const communes = levelsOf(moved, 'P').find((level) => level.kind === 'commune');
    expect(communes && rowsFromFlat(moved, communes, flat).map((row) => [row.key, row.carriedOver])).toEqual([
      ...[
        ['C1', 1],
        ['C2', 0],
        ['C3', 1],
      ],
    ]);
  });

  it('gives an agency of a lower level the rows of everything below it', () => {
    const flat = ['C1', 'O', 'D1'].map((key) => ({ key, ...sumRows([]), carriedOver: 1 }));
    const communes = levelsOf(tree, 'P').find((level) => level.kind === 'commune');
    expect(communes && rowsFromFlat(tree, communes, flat).map((row) => [row.key, row.carriedOver])).toEqual([
      ['C1', 2],
      ['C2', 0],
    ]);
  });
});
