import { expect, it } from '@jest/globals';
import { LostSpans } from './lost-spans.js';

it('lost spans are told at once, then once a minute with all that were lost since', () => {
  const told: unknown[] = [];
  const lost = new LostSpans({ warn: (what: object) => void told.push(what) });
  lost.add(1, 'away', 0);
  for (let ms = 1; ms < 60_000; ms += 1) lost.add(2, 'away', ms);
  expect(told).toEqual([{ lost: 1, reason: 'away' }]);
  lost.add(3, 'slow', 60_000);
  expect(told.slice(1)).toEqual([{ lost: 2 * 59_999 + 3, reason: 'slow' }]);
});
