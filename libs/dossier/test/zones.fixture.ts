import { explain } from '../src/explain.js';
import type { Fact } from '../src/facts.js';
import { fold } from '../src/fold.js';
import {
  accepted,
  calendarDays,
  days,
  extended,
  hours,
  months,
  received,
  requested,
  resolved,
  underOfficial,
} from './histories.fixture.js';
import { DAY_MS, HOUR_MS, formatDay, formatInstant, parseDay, startOfDay } from '../src/instant.js';
import { ledgerOf } from '../src/ledger.js';
import { dossierView } from '../src/timeliness.js';

/** Some hundred dossiers through a year and everything said about them, as one text. */
export function everything(): string {
  const first = parseDay('2026-01-01')!;
  const lines: string[] = [];
  for (let i = 0; i < 364; i++) {
    const from = startOfDay(first + i) + (i % 48) * (HOUR_MS / 2);
    const on = (n: number): string => formatInstant(from + n * DAY_MS + n);
    const limit = [days(i % 30), calendarDays(i % 40), months(i % 5), hours(i % 50)][i % 4]!;
    const story: Fact[] = [
      accepted(on(0), { limit, policy: i % 3 ? 'pause' : 'restart', id: `a${i}` }),
      requested(on(1), { id: `q${i}` }),
      received(on(1 + (i % 9)), undefined, { id: `p${i}` }),
      ...(i % 5 ? [] : [extended(on(11), on(20), { id: `x${i}` })]),
      ...(i % 2 ? [resolved(on(12 + (i % 20)), { id: `r${i}` })] : []),
    ];
    const state = fold(story, underOfficial);
    const { deadline } = explain(story, underOfficial);
    lines.push(
      JSON.stringify([
        formatDay(first + i),
        state,
        dossierView(state, from + 14 * DAY_MS),
        ledgerOf(state),
        deadline,
      ]),
    );
  }
  return lines.join('\n');
}
