import { describe, expect, it } from '@jest/globals';
import { ruleOn } from './catalogue-rule.js';
import type { ProcedureLimit } from './catalogue-rule.js';
import { days } from '../test/histories.fixture.js';
import { parseDay } from './instant.js';

const limit = (amount: number, more: Partial<ProcedureLimit> = {}): ProcedureLimit => ({
  channel: null,
  statutory: days(amount),
  committed: null,
  validFromDay: null,
  ...more,
});
const from = (on: string): Partial<ProcedureLimit> => ({ validFromDay: parseDay(on)! });

describe('the catalogue’s limit', () => {
  it.each<[string, ProcedureLimit[], number | undefined]>([
    ['none', [], undefined],
    ['the only one', [limit(1)], 1],
    ['the committed one', [limit(5, { committed: days(3) })], 3],
    ['the latest valid one', [limit(1), limit(2, from('2026-01-01')), limit(3, from('2026-03-01'))], 3],
    ['valid from that very day', [limit(1), limit(2, from('2026-03-02'))], 2],
    ['not one valid from the next day', [limit(1), limit(2, from('2026-03-03'))], 1],
    [
      'the channel’s before a later general one',
      [limit(1, { channel: 'online' }), limit(2, from('2026-03-01'))],
      1,
    ],
    [
      'the general one if the channel’s is not yet valid',
      [limit(1, { channel: 'online', ...from('2026-04-01') }), limit(2)],
      2,
    ],
    ['not another channel’s', [limit(1, { channel: 'post' }), limit(2)], 2],
  ])('is %s', (_, limits, amount) => {
    const orders = [limits, [...limits].reverse()];
    for (const order of orders)
      expect(ruleOn(order, 'restart', 'online', parseDay('2026-03-02')!)).toMatchObject({
        limit: amount === undefined ? null : days(amount),
        pausePolicy: 'restart',
      });
  });
});
