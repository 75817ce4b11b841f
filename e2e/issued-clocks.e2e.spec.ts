import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { EVENTS_TOPIC } from '#libs/contracts';
import { PostgresLog } from '#libs/event-log';
import { connect } from '#libs/store';
import {
  accepted,
  type Chain,
  chainAt,
  type CloudEventJson,
  event,
  EXAMPLE_WORLD,
  formatInstant,
  freshDatabase,
  type FreshDatabase,
  parseInstant,
  pollUntil,
  type Standalone,
  startStandalone,
  vn,
} from '#libs/testing';

/**
 * Clocks differ, and a message may lie waiting before the log has it: it says that it was taken before a report's
 * instant of knowledge, and comes after the report was issued. What was issued must be computed again for good.
 */
jest.setTimeout(120_000);

const ISSUED = '/v1/reports/issued';
const MARCH = { kind: 'timeliness', period: '2018-03', by: 'agency', agency: 'T' };
const SECONDS = [-90, -5, -0.001, 0, 0.001, 5];

interface Issued {
  number: string;
  asOf: string;
  checksum: string;
  report: { total: { received: { total: number } } };
}
interface Verification {
  recomputed: { matches: boolean; differences: { items: unknown[] } };
  since: { restated: boolean; restatements: string };
}

describe('a report issued while clocks differ', () => {
  let fresh: FreshDatabase;
  let database: DataSource;
  let log: PostgresLog;
  let standalone: Standalone;
  let chain: Chain;

  beforeAll(async () => {
    fresh = await freshDatabase();
    standalone = await startStandalone({ env: { DATABASE_URL: fresh.url } });
    database = await connect(fresh.url, 4);
    log = new PostgresLog(database, fresh.url);
    chain = chainAt(standalone.url);
    await chain.putAgencies(EXAMPLE_WORLD.agencies);
    await chain.putProcedures(EXAMPLE_WORLD.procedures);
  }, 120_000);
  afterAll(async () => {
    await standalone?.stop();
    await log?.close();
    await database?.destroy();
    await fresh?.drop();
  }, 60_000);

  const call = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const response = await fetch(`${standalone.url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  };
  const issue = (request: object): Promise<Issued> =>
    call(ISSUED, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });

  /** As a sender writes to the topic itself, or an intake whose clock is another. */
  const send = (events: readonly CloudEventJson[], takenAt: number): Promise<void> =>
    log.append(
      EVENTS_TOPIC,
      events.map((one) => ({
        key: `${one.source}|${one.subject}`,
        value: JSON.stringify(one),
        headers: { recordedat: String(Math.round(takenAt)) },
      })),
    );
  const dossier = (subject: string): CloudEventJson[] =>
    [accepted('2018-03-01', { dueAt: vn('2018-03-15 17:00') }), event('resolved', '2018-03-20')].map(
      (one, nth) => ({ ...one, id: `${subject}-${nth}`, subject }),
    );

  async function expectUnchanged({ number, asOf, checksum, report }: Issued): Promise<Verification> {
    const verified = await call<Verification>(`${ISSUED}/${number}/verify`);
    expect([number, verified.recomputed]).toMatchObject([
      number,
      { matches: true, differences: { items: [] } },
    ]);
    const live = new URLSearchParams({ period: '2018-03', by: 'agency', agency: 'T', asOf });
    expect(await call(`/v1/reports/timeliness?${live.toString()}`)).toEqual(report);
    // Issued again as of its instant it is the same to the letter.
    const again = await issue({ ...MARCH, asOf });
    expect([again.report, again.checksum]).toEqual([report, checksum]);
    return verified;
  }

  it.each(SECONDS)('stays when what comes afterwards was taken %d s after its instant', async (seconds) => {
    const name = `after ${seconds}`;
    await send(dossier(`${name} known`), Date.now());
    await chain.caughtUp();
    const issued = await issue(MARCH);

    const takenAt = (parseInstant(issued.asOf) ?? 0) + 1_000 * seconds;
    const correction = { event: `${name} known-1`, type: 'vn.tthc.dossier.resolved.v1' };
    await send(
      [
        ...dossier(`${name} new`),
        {
          ...event('corrected', '2018-03-22', { ...correction, time: vn('2018-03-15'), data: {} }),
          ...{ id: `${name} correction`, subject: `${name} known` },
        },
      ],
      takenAt,
    );
    await chain.caughtUp();
    await expectUnchanged(issued);

    // It is no secret either: once its instant has come it is told with its cause.
    await pollUntil('its instant', 10_000, () => Promise.resolve(Date.now() > takenAt + 10));
    const { since } = await expectUnchanged(issued);
    expect(since.restated).toBe(true);
    const { items } = await call<{ items: { figure: string; dossiers: { items: { code: string }[] } }[] }>(
      since.restatements,
    );
    const codes = items.flatMap(({ dossiers }) => dossiers.items.map(({ code }) => code));
    expect(new Set(codes)).toEqual(new Set([`${name} known`, `${name} new`]));
  });

  it('does not know what was taken by a clock that is ahead, and never comes to know it', async () => {
    const before = await issue(MARCH);
    await send(dossier('ahead'), Date.now() + 5_000);
    await chain.caughtUp();
    const issued = await issue(MARCH);
    expect(issued.report.total.received.total).toBe(before.report.total.received.total);
    const [row] = await database.query<{ at: string }[]>(
      `select (extract(epoch from recorded_at) * 1000)::bigint as at from reporting.dossier where code = 'ahead'`,
    );
    expect(Number(row?.at)).toBeGreaterThan(Date.now());
    await pollUntil('its instant', 10_000, () => Promise.resolve(Date.now() > Number(row?.at)));
    expect((await expectUnchanged(issued)).since.restated).toBe(true);
    expect((await issue(MARCH)).report.total.received.total).toBe(before.report.total.received.total + 1);
  });

  it('stays when an edit of the calendar comes afterwards', async () => {
    const today = formatInstant(Date.now()).slice(0, 10);
    await send(
      [{ ...accepted(formatInstant(Date.now() - 1_000)), id: 'open-0', subject: 'open' }],
      Date.now(),
    );
    await chain.caughtUp();
    const issued = await issue(MARCH);
    const document = await chain.calendar();
    await chain.putCalendar({ ...document, days: [{ on: today, kind: 'off', reason: 'nghỉ' }] });
    await chain.caughtUp();
    await expectUnchanged(issued);
  });
});
