import { describe, expect, it } from '@jest/globals';
import { labelEvery, marksOf } from './chart-scale.js';

describe('the marks of an axis', () => {
  it.each([
    [0, 0, [0, 1]],
    [0, 1, [0, 1]],
    [0, 3, [0, 1, 2, 3]],
    [0, 5, [0, 1, 2, 3, 4, 5]],
    [0, 6, [0, 2, 4, 6]],
    [0, 58_214, [0, 20_000, 40_000, 60_000]],
    [0, 100, [0, 20, 40, 60, 80, 100]],
    [95, 100, [95, 96, 97, 98, 99, 100]],
    [60, 100, [60, 70, 80, 90, 100]],
  ])('from %d to %d', (least, most, marks) => expect(marksOf(least, most, 5)).toEqual(marks));
});

describe('the labels of an axis', () => {
  it.each([
    ['all where there is room', 13, 1_000, 1],
    ['every second', 13, 500, 2],
    ['every third on a telephone', 13, 220, 4],
    ['one where there is none', 13, 0, 780],
  ])('%s', (_, labels, width, every) => expect(labelEvery(labels, width, 60)).toBe(every));
});
