import { expect, it } from '@jest/globals';
import { type PutBy, PutByBatch } from './put-by.js';

const differences: PutBy[] = [
  ['A', 'P', 'online', 30, [2]],
  ['B', 'P', 'online', 20, [4]],
  ['A', 'Q', 'post', 10, [6]],
  ['B', 'Q', 'post', 40, [8]],
];
const batch = new PutByBatch(JSON.stringify(differences));
const instants = (agencies: string[] | undefined, procedures: string[] | undefined): number[][] =>
  batch
    .listsAbout({
      agencies: agencies && new Set(agencies),
      procedures: procedures && new Set(procedures),
    })
    .map((list) => list.map(([, , , recordedAt]) => recordedAt));

it('keeps a batch by instant of recording', () => {
  expect(batch.all.map(([, , , recordedAt]) => recordedAt)).toEqual([10, 20, 30, 40]);
});

it.each<[string[] | undefined, string[] | undefined, number[][]]>([
  [undefined, undefined, [[10, 20, 30, 40]]],
  [['A'], undefined, [[10, 30]]],
  [undefined, ['P'], [[20, 30]]],
  [['A'], ['P', 'Q'], [[10, 30]]],
  [['A', 'B'], ['Q'], [[10, 40]]],
  [
    ['B', 'C', 'A'],
    undefined,
    [
      [20, 40],
      [10, 30],
    ],
  ],
  [['C'], undefined, []],
  [[], ['P'], []],
  [['A', 'B', 'C', 'D', 'E'], undefined, [[10, 20, 30, 40]]],
])('finds what is of agencies %j and about procedures %j', (agencies, procedures, found) => {
  expect(instants(agencies, procedures)).toEqual(found);
});
