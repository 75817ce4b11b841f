import { describe, expect, it } from '@jest/globals';
import { FoldedFigures } from './folded-figures.fixture.js';
import { LiveTraffic } from './live.js';

const VIETNAM_OFFSET_SECONDS = 7 * 3_600;

describe('live traffic', () => {
  it.each([
    ['on a Sunday night', '2026-11-22T03:00:00+07:00'],
    ['on a Monday morning', '2026-11-23T09:00:00+07:00'],
    ['over midnight', '2026-11-23T23:55:00+07:00'],
  ])('falls due and is resolved every few minutes %s', (_, from) => {
    const start = Date.parse(from);
    const traffic = new LiveTraffic(1);
    const figures = new FoldedFigures();
    let sent = 0;
    for (let second = 0; second < 900; second++) {
      for (const json of traffic.take(start / 1_000 + second + VIETNAM_OFFSET_SECONDS)) {
        const { time } = JSON.parse(json) as { time: string };
        // Never ahead of the clock: the server refuses the future.
        expect(Date.parse(time)).toBeLessThanOrEqual(start + second * 1_000);
        figures.add(json);
        sent += 1;
      }
    }
    expect(sent / 15).toBeLessThan(120);
    const minutes = [4, 6, 8, 10, 12, 14].map((minute) => figures.at(start + minute * 60_000));
    const overdue = minutes.map((at) => at.overdue);
    expect(Math.max(...overdue)).toBeGreaterThan(0);
    expect(Math.max(...overdue)).toBeLessThan(15);
    minutes.slice(1).forEach((at, index) => {
      const before = minutes[index]!;
      expect(at.resolvedOnTime + at.resolvedEarly).toBeGreaterThan(
        before.resolvedOnTime + before.resolvedEarly,
      );
      expect(at.resolvedLate).toBeGreaterThan(before.resolvedLate);
    });
    // It does not pile up.
    expect(minutes.at(-1)!.inTime + minutes.at(-1)!.overdue + minutes.at(-1)!.paused).toBeLessThan(80);
  });
});
