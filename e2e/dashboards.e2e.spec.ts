import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { DAY_MS, dayOf, formatDay, formatInstant, pollUntil } from '#libs/testing';
import { type Choice, promql, sqlText, type TimeRange } from './grafana-queries.js';
import { AGENCY, isWatchedChainExpected, WatchedChain } from './watched-chain.js';

jest.setTimeout(180_000);

interface Target {
  refId: string;
  expr?: string;
  rawSql?: string;
  instant?: boolean;
}
interface Board {
  uid: string;
  panels: { type: string; title: string; targets?: Target[] }[];
  templating: { list: { name: string; type: string; query: string | { query: string } }[] };
  annotations: { list: { name: string; target: Target }[] };
}

const FOLDER = 'deploy/grafana/dashboards';
const boards = readdirSync(FOLDER).map(
  (name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as Board,
);

const describeHere = isWatchedChainExpected ? describe : describe.skip;
const HOUR_MS = 3_600_000;
/** The whole province, this month. */
const EVERYTHING: Choice = {
  level: 'all',
  agency: ['T', AGENCY, 'T.H.NEW'],
  period: 'month',
  group: '.*',
  source: '.*',
};

const lastHour = (): TimeRange => ({ from: new Date(Date.now() - HOUR_MS), to: new Date() });

/** Every panel of every board, asked as Grafana asks, of a chain in which everything there is to see has happened. */
describeHere('the dashboards on the running chain', () => {
  let chain: WatchedChain;
  let grafana: pg.Client;
  let reading: NodeJS.Timeout | undefined;

  beforeAll(async () => {
    chain = await WatchedChain.start(fourHoursAgo());
    grafana = await signIn(chain);
    // Somebody reads reports all the while.
    const day = formatDay(dayOf(Date.now()));
    reading = setInterval(
      () => void chain.reader.report({ from: day, to: day }, Date.now()).catch(() => undefined),
      1_000,
    );
    await makeEverythingHappen(chain);
  }, 180_000);

  afterAll(async () => {
    clearInterval(reading);
    await grafana?.end();
    await chain?.sql(`drop role if exists ${USER}`);
    await chain?.stop();
  }, 60_000);

  /** The values that a target gives: numbers of a series, cells of rows. */
  async function ask({ expr, rawSql, instant }: Target, choice = EVERYTHING): Promise<unknown[]> {
    if (rawSql !== undefined) {
      const { rows } = await grafana.query<Record<string, unknown>>(sqlText(rawSql, choice, lastHour()));
      return rows.flatMap((row) => Object.values(row)).filter((value) => value !== null);
    }
    const now = Date.now() / 1_000;
    const parameters: Record<string, string> = instant
      ? { time: String(now) }
      : { start: String(now - 600), end: String(now), step: '5' };
    const response = await fetch(
      `${chain.monitoring.prometheus}/api/v1/${instant ? 'query' : 'query_range'}`,
      {
        ...{
          method: 'POST',
          body: new URLSearchParams({ ...parameters, query: promql(expr ?? '', choice) }),
        },
      },
    );
    const { status, error, data } = (await response.json()) as {
      status: string;
      error?: string;
      data: { result: { value?: [number, string]; values?: [number, string][] }[] };
    };
    if (status !== 'success') throw new Error(error);
    return data.result
      .flatMap(({ value, values = [] }) => (value ? [value[1]] : values.map(([, text]) => text)))
      .filter((text) => text !== 'NaN')
      .map(Number);
  }

  it.each(
    boards.flatMap((board) =>
      board.panels.flatMap(({ title, targets = [] }) =>
        targets.map((target) => [board.uid, title, target.refId, target] as const),
      ),
    ),
  )('%s: %s (%s) has what it shows', async (_, __, ___, target) => {
    // A rate wants two samples, what is recorded from it one more.
    await pollUntil(
      `an answer to ${target.expr ?? target.rawSql}`,
      30_000,
      async () => (await ask(target)).length > 0,
    );
  });

  it('offer the agencies of a level, and annotate what changed', async () => {
    const [board] = boards;
    const query = board?.templating.list.find(({ name }) => name === 'agency')?.query as string;
    const offered = async (level: string) => {
      const { rows } = await grafana.query<{ __value: string; __text: string }>(
        sqlText(query, { ...EVERYTHING, level }, lastHour()),
      );
      return rows.map(({ __value, __text }) => [__value, __text]);
    };
    expect(await offered('province')).toEqual([['T', 'Tỉnh (T)']]);
    expect((await offered('all')).map(([id]) => id).sort()).toEqual(['T', AGENCY]);
    // The calendar was edited, and every process has just been started.
    for (const { target } of board?.annotations.list ?? []) {
      expect((await ask(target)).length).toBeGreaterThan(0);
    }
  });

  const panel = (uid: string, title: string): Target => {
    const found = boards.find((board) => board.uid === uid)?.panels.find((one) => one.title === title);
    const [target] = found?.targets ?? [];
    if (!target) throw new Error(`no panel ${title} on ${uid}`);
    return target;
  };

  it('show the figures of the report, with any choice of agencies', async () => {
    const from = `${formatDay(dayOf(Date.now())).slice(0, 8)}01`;
    for (const agencies of [['T', AGENCY], [AGENCY]]) {
      const choice = { ...EVERYTHING, agency: agencies };
      // Counters take a moment; events flow on, so both are asked until they agree.
      await pollUntil(`the figures of ${agencies.join(', ')} to agree`, 30_000, async () => {
        const [agency] = agencies.length === 1 ? agencies : ['T'];
        const now = Date.now();
        const { total } = await chain.reader.report({ from, to: formatDay(dayOf(now)), agency }, now);
        const shown = await Promise.all([
          ...['a', 'b', 'c'].map((formula) =>
            ask(panel('dunghan-timeliness', `Công thức ${formula}`), choice),
          ),
          ask(panel('dunghan-timeliness', 'Trong đó trễ'), choice),
          ask(panel('dunghan-agency', 'Quá hạn bây giờ'), choice),
        ]);
        const wanted = [
          ...(['a', 'b', 'c'] as const).map((formula) => total.rates[formula].percent),
          ...[total.resolved.late, total.open.overdue],
        ];
        return shown.every(([value], index) => Number(value) === wanted[index]);
      });
    }
  });

  it('tell changes of months that are over, as the counter does', async () => {
    const { rows } = await grafana.query<{ changes: number }>(
      'select count(*)::int as changes from monitoring.restatement',
    );
    // Received and resolved.
    expect(rows).toEqual([{ changes: 2 }]);
    const expr = 'sum(dossier_restated_values_total)';
    expect(await ask({ refId: 'A', expr, instant: true })).toEqual([2]);
  });

  it('list the dossiers of the list, with their deadlines', async () => {
    const listed = await chain.reader.list({ timeliness: 'overdue' }, 100);
    expect(listed.length).toBeGreaterThan(0);
    const { rawSql = '' } = panel('dunghan-agency', 'Quá hạn, sắp và sẽ đến hạn hôm nay');
    const { rows } = await grafana.query<{ code: string; timeliness: string; due_at: Date }>(
      sqlText(rawSql, EVERYTHING, lastHour()),
    );
    expect(
      rows
        .filter(({ timeliness }) => timeliness === 'overdue')
        .map(({ code, due_at }) => [code, formatInstant(due_at.getTime())]),
    ).toEqual(listed.map(({ code, dueAt }) => [code, dueAt]));
  });

  it('read as a role that sees the views and nothing else', async () => {
    for (const table of [
      'reporting.dossier',
      'processing.quarantine',
      'processing.dossier_event',
      'log.batch',
    ]) {
      await expect(grafana.query(`select 1 from ${table} limit 1`)).rejects.toThrow('permission denied');
    }
    await expect(grafana.query('create temporary table t ()')).rejects.toThrow('read-only transaction');
    await grafana.query('set default_transaction_read_only = off');
    await expect(grafana.query('delete from monitoring.quarantine')).rejects.toThrow('permission denied');
    const { rows } = await grafana.query<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'monitoring'`,
    );
    // What the report API does not show: bodies, keys, documents, people.
    expect(
      rows
        .map(({ name }) => name)
        .filter((name) => /doc$|body|value|key|officer|applicant|record$/.test(name)),
    ).toEqual([]);
    const views = new Set(rows.map(({ name }) => name.split('.')[0]));
    const [, page = ''] = readFileSync('docs/operate.md', 'utf8').split('| Khung nhìn |');
    const described = [...page.matchAll(/^\| `(\w+)` \|/gm)];
    expect([...views].sort()).toEqual(described.map(([, name]) => name).sort());
  });
});

/** What the records of four hours and seven days look back to. */
function fourHoursAgo(): string {
  const lines: string[] = [];
  for (let at = Date.now() - 4 * HOUR_MS - 300_000; at < Date.now() - 4 * HOUR_MS + 900_000; at += 60_000) {
    lines.push(`agency:dossier_resolved_ever:sum{agency="${AGENCY}"} 0 ${(at / 1_000).toFixed(3)}`);
  }
  return ['# TYPE agency:dossier_resolved_ever:sum gauge', ...lines, '# EOF', ''].join('\n');
}

/** A name of its own: the server may be one that others use. */
const USER = 'dunghan_spec_grafana';

/** Signs in as Grafana does, with a user made as the composition makes it. */
async function signIn(chain: WatchedChain): Promise<pg.Client> {
  const password = randomBytes(12).toString('hex');
  const [, script = ''] =
    /<<'SQL'\n\\getenv.*\n([^]*)\nSQL\n/.exec(readFileSync('deploy/postgres/grafana-user.sh', 'utf8')) ?? [];
  await chain.sql(script.replaceAll(/\bgrafana\b/g, USER).replace(":'password'", `'${password}'`));
  const url = new URL(chain.databaseUrl);
  [url.username, url.password] = [USER, password];
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return client;
}

/** Every class of dossier, a poisoned event, one that comes late, one of a month that is over, an edit of the calendar. */
async function makeEverythingHappen(chain: WatchedChain): Promise<void> {
  const now = Date.now();
  const soon = now + 20_000;
  const [earlier, later] = [now - 2_000, now - 1_000];
  const accepted = (code: string, dueAt?: number) => chain.accepted(dueAt, code, AGENCY, earlier);
  await chain.writer.post([
    ...['LATE-1', 'LATE-2', 'GIVEN-LATE'].map((code) => accepted(code, soon)),
    accepted('SOON', now + HOUR_MS),
    accepted('FAR', now + 40 * HOUR_MS),
    accepted('PAUSED', now + HOUR_MS),
    chain.event('supplement-requested', 'PAUSED', { reason: 'thiếu giấy tờ' }, later),
    accepted('GIVEN-EARLY', now + HOUR_MS),
    chain.event('resolved', 'GIVEN-EARLY', {}, later),
    chain.accepted(undefined, 'LAST-MONTH', AGENCY, now - 40 * DAY_MS),
    chain.event('resolved', 'LAST-MONTH', {}, now - 39 * DAY_MS),
  ]);
  await chain.writeToTopic(chain.accepted(undefined, 'POISON', 'T.H.NEW'));
  const calendar = await chain.writer.calendar();
  await chain.writer.putCalendar({
    ...calendar,
    days: [...calendar.days, { on: formatDay(dayOf(now) + 60), kind: 'off', reason: 'spec' }],
  });
  chain.keepSending();
  await pollUntil('the deadline to pass', 30_000, () => Promise.resolve(Date.now() > soon));
  await chain.writer.post([chain.event('resolved', 'GIVEN-LATE', {})]);
  await chain.reader.caughtUp();
}
