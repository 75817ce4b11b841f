import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  chainAt,
  type CloudEventJson,
  EXAMPLE_WORLD,
  fullType,
  type ShortType,
  type Standalone,
  startStandalone,
  vn,
} from '#libs/testing';

interface Row {
  received: { total: number; online: number; direct: number; carriedOver: number };
  resolved: { total: number; early: number; onTime: number; late: number };
  open: { total: number; inTime: number; overdue: number };
}
interface Form {
  from: string;
  to: string;
  by: string;
  period: { name: string; bounds: string } | null;
  columns: { number: number }[];
  total: Row;
  rows: (Row & { key: string; name: string })[];
  identities: { violations: string[] };
}

let made = 0;
const event = (type: ShortType, subject: string, time: string, data: object = {}): CloudEventJson => ({
  ...{ specversion: '1.0', source: 'urn:one-stop', id: `f${(made += 1)}`, type: fullType(type), subject },
  ...{ time: vn(time), data },
});
const accepted = (subject: string, time: string, dueOn: string, rest: object = {}) =>
  event('accepted', subject, time, {
    ...{
      procedure: 'none',
      receivingAgency: 'T.H.X',
      channel: 'counter',
      dueAt: vn(`${dueOn} 17:00`),
      ...rest,
    },
  });

/** Hand-counted: the last days of 2017 and of 2018 by both ways of cutting a year. */
const EVENTS: CloudEventJson[] = [
  // Before either year, open into both.
  accepted('OLD', '2017-12-14 23:59:59', '2018-01-31'),
  event('resolved', 'OLD', '2018-01-31 23:59:59'),
  // In the reporting year, before the calendar year.
  accepted('EDGE', '2017-12-15 00:00', '2018-06-29', { channel: 'online' }),
  event('resolved', 'EDGE', '2018-06-01'),
  // In both.
  accepted('LATE', '2018-03-01', '2018-03-15', { channel: 'post', receivingAgency: 'T.S' }),
  event('resolved', 'LATE', '2018-03-16 00:00'),
  accepted('GONE', '2018-04-02', '2018-05-31', { procedure: 'keeps' }),
  event('withdrawn', 'GONE', '2018-04-03'),
  accepted('WAITS', '2018-05-02', '2018-05-31', { receivingAgency: 'T.S' }),
  event('supplement-requested', 'WAITS', '2018-05-03', { reason: 'thiếu giấy tờ' }),
  accepted('OVERDUE', '2018-06-04', '2018-06-29'),
  // After the reporting year, in the calendar year.
  accepted('NEXT', '2018-12-15 00:00', '2019-06-28', { channel: 'online', procedure: 'keeps' }),
];

describe('form II.06a', () => {
  let running: Standalone;

  beforeAll(async () => {
    running = await startStandalone();
    const chain = chainAt(running.url);
    await chain.putAgencies(EXAMPLE_WORLD.agencies);
    await chain.putProcedures(EXAMPLE_WORLD.procedures);
    await chain.putCalendar(EXAMPLE_WORLD.calendars[0]!.document);
    // Twice, and the second time the other way round.
    await chain.post(EVENTS);
    await chain.post([...EVENTS].reverse());
    await chain.caughtUp();
  }, 90_000);
  afterAll(() => running?.stop(), 30_000);

  const get = async (query: string) => {
    const response = await fetch(`${running.url}/v1/reports/form-06a?${query}`);
    return {
      status: response.status,
      body: (await response.json()) as Form & { errors?: { pointer: string }[] },
    };
  };

  it('closes for the calendar year and for the reporting year, which hold other dossiers', async () => {
    const calendar = (await get('period=2018')).body;
    expect([calendar.from, calendar.to, calendar.by]).toEqual(['2018-01-01', '2018-12-31', 'domain']);
    expect(calendar.total).toEqual({
      received: { total: 7, online: 1, direct: 4, carriedOver: 2 },
      resolved: { total: 4, early: 1, onTime: 2, late: 1 },
      open: { total: 3, inTime: 2, overdue: 1 },
    });
    const reporting = (await get('period=2018&bounds=reporting')).body;
    expect([reporting.from, reporting.to]).toEqual(['2017-12-15', '2018-12-14']);
    expect(reporting.period).toEqual({ name: '2018', bounds: 'reporting' });
    expect(reporting.total).toEqual({
      received: { total: 6, online: 1, direct: 4, carriedOver: 1 },
      resolved: { total: 4, early: 1, onTime: 2, late: 1 },
      open: { total: 2, inTime: 1, overdue: 1 },
    });
    for (const form of [calendar, reporting]) {
      expect(form.identities.violations).toEqual([]);
      expect(form.columns.map(({ number }) => number)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    }
  });

  it('hands on from one period to the next what it left open', async () => {
    for (const [before, after] of [
      ['2018-Q1', '2018-Q2'],
      ['2018-H1', '2018-H2'],
      ['2018-03', '2018-04'],
    ]) {
      for (const bounds of ['calendar', 'reporting']) {
        const [left, taken] = await Promise.all(
          [before, after].map(async (period) => (await get(`period=${period}&bounds=${bounds}`)).body),
        );
        expect([before, bounds, taken?.total.received.carriedOver]).toEqual([
          ...[before, bounds, left?.total.open.total],
        ]);
      }
    }
  });

  it('has a row for each domain, or each agency below one, and says the same for two days as for their name', async () => {
    const domains = (await get('period=2018')).body;
    expect(domains.rows.map(({ key, received }) => [key, received.total])).toEqual([
      ['hộ tịch', 2],
      ['đất đai', 5],
    ]);
    const agencies = (await get('period=2018&by=agency&agency=T')).body;
    expect(agencies.rows.map(({ key, received }) => [key, received.total])).toEqual([
      ['T.H', 5],
      ['T.S', 2],
    ]);
    const days = (await get('from=2018-01-01&to=2018-12-31')).body;
    expect({ ...days, period: null, asOf: '' }).toEqual({ ...domains, period: null, asOf: '' });
  });

  it.each([
    ['', ['/from', '/to']],
    ['period=2018-Q5', ['/period']],
    ['period=2018&from=2018-01-01', ['/from']],
    ['from=2018-01-01&to=2018-12-31&bounds=reporting', ['/bounds']],
    ['period=2118', ['/period']],
    [
      'period=2018-Q9&to=x&by=month&agency=?&bounds=lunar&other=1',
      ['/agency', '/bounds', '/by', '/other', '/period', '/to'],
    ],
  ])('refuses %j and names what is wrong', async (query, pointers) => {
    const { status, body } = await get(query);
    expect(status).toBe(400);
    expect(body.errors?.map(({ pointer }) => pointer).sort()).toEqual(pointers);
  });
});
