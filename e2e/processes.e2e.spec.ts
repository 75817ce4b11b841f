import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import pg from 'pg';
import { freePort } from '#libs/platform';
import {
  chainAt,
  type CloudEventJson,
  dayOf,
  formatDay,
  freshDatabase,
  type FreshDatabase,
  pollUntil,
  recordsAsOf,
  type ReportQuery,
  seededDelivery,
  seededHistory,
  type World,
} from '#libs/testing';
import { type ChosenLog, LOGS } from './logs.js';

jest.setTimeout(90_000);

/** The four apps as processes of their own, most of them twice, on one database. */
const APPS = ['intake', 'processing', 'processing', 'clock', 'clock', 'reporting', 'reporting'] as const;
const SEED = 4_711;
const STALLED_AFTER_SECONDS = 3;

interface Process {
  app: string;
  url: string;
  child: ChildProcess;
  output: () => string;
}

describe.each(LOGS)('the apps as separate processes on $log', ({ choose }) => {
  let log: ChosenLog;
  let fresh: FreshDatabase;
  let processes: Process[] = [];
  let world: World;

  const urlOf = (app: string, nth = 0): string => processes.filter((one) => one.app === app)[nth]?.url ?? '';

  beforeAll(async () => {
    [fresh, log] = await Promise.all([freshDatabase(), choose()]);
    // All at once on an empty database: they must not trip over each other's migrations.
    processes = await Promise.all(APPS.map((app) => start(app, { ...log.env, DATABASE_URL: fresh.url })));
    await Promise.all(
      processes.map(({ app, url, child, output }) =>
        pollUntil(`${app} to be ready`, 60_000, async () => {
          if (child.exitCode !== null) throw new Error(`${app} exited:\n${output()}`);
          return (await statusOf(`${url}/health/ready`)) === 200;
        }).catch((error: unknown) => {
          throw new Error(`${String(error)}\n${output()}`);
        }),
      ),
    );
  }, 180_000);
  afterAll(async () => {
    for (const { child } of processes) child.kill('SIGKILL');
    processes = [];
    await Promise.all([fresh?.drop(), log?.stop()]);
  }, 60_000);

  /** Intake takes, reporting tells: as one address to the client. */
  const chains = () =>
    [0, 1].map((nth) => {
      const [writer, reader] = [chainAt(urlOf('intake')), chainAt(urlOf('reporting', nth))];
      return {
        ...reader,
        ...{ putAgencies: writer.putAgencies, putProcedures: writer.putProcedures, post: writer.post },
      };
    });

  it('give the figures of the reference model from either copy', async () => {
    const [chain, other] = chains();
    if (!chain || !other) throw new Error('two copies of reporting were started');
    const history = seededHistory(SEED, {
      ...{ name: 'SP', digits: '004711', dossiers: 120, now: Date.now() - 1_000 },
    });
    await chain.putAgencies(history.catalogue.agencies);
    await chain.putProcedures(history.catalogue.procedures);
    const document = await chainAt(urlOf('intake')).calendar();
    const delivery = seededDelivery(SEED, history.events, { batch: 50 });
    const told = (events: readonly CloudEventJson[]): World => ({
      ...history.catalogue,
      calendars: [{ recordedAt: 0, document }],
      arrivals: events.map((event) => ({ event, recordedAt: 0 })),
    });
    const silent = new Set(
      recordsAsOf(told(delivery.flat()), 0)
        .dossiers.filter((dossier) => dossier.silent.length > 0)
        .map(({ source, code }) => `${source} ${code}`),
    );
    const batches = delivery.map((batch) =>
      batch.filter(({ source, subject }) => !silent.has(`${source} ${subject}`)),
    );
    for (const batch of batches) await chain.post(batch);
    world = told(batches.flat());
    await chain.caughtUp();
    await compareWithModel();
  });

  async function compareWithModel(): Promise<void> {
    for (const reader of chains()) {
      const now = Date.now();
      const listed = await reader.list({}, 500);
      const records = recordsAsOf(world, now);
      expect(listed.map(({ source, code, state }) => [source, code, state])).toEqual(
        records.list(now).map(({ source, code, state }) => [source, code, state]),
      );
      const period = { from: '2018-01-01', to: formatDay(dayOf(now)) };
      for (const by of ['agency', 'procedure', 'channel'] as const) {
        const query: ReportQuery = { ...period, by, flat: by === 'agency' };
        const { total, rows, identities } = await reader.report(query, now);
        const expected = records.report(query);
        expect(identities).toEqual({ violations: [] });
        expect(total).toEqual(expected.total);
        expect(rows.map(({ name: _name, ...row }) => row)).toEqual(expected.rows);
      }
    }
  }

  /** One row for each dossier of the load: one more would be something done twice. */
  async function rowsAbout(table: string): Promise<number> {
    const outside = new pg.Client({ connectionString: fresh.url });
    await outside.connect();
    try {
      const { rows } = await outside.query<{ count: number }>(
        `select count(*)::int as count from ${table} where source = 'urn:spec'`,
      );
      return rows[0]?.count ?? 0;
    } finally {
      await outside.end();
    }
  }

  it('each say that they live, are ready and what they measure', async () => {
    for (const { app, url } of processes) {
      expect([app, await statusOf(`${url}/health/live`), await statusOf(`${url}/health/ready`)]).toEqual([
        ...[app, 200, 200],
      ]);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toContain(`app="${app}"`);
      expect(metrics).toContain('dossier_database_connections');
    }
  });

  it('each say which methods a path of theirs takes, and know no path of the others', async () => {
    for (const { app, url } of processes) {
      const { status, headers } = await fetch(`${url}/metrics`, { method: 'DELETE' });
      expect([app, status, headers.get('allow')]).toEqual([app, 405, 'GET, HEAD']);
    }
    expect(await statusOf(`${urlOf('intake')}/v1/events`)).toBe(405);
    expect(await statusOf(`${urlOf('reporting')}/v1/events`)).toBe(404);
    expect(await statusOf(`${urlOf('clock')}/v1/events`)).toBe(404);
  });

  it('show a consumer that hangs as not alive until it goes on', async () => {
    const outside = new pg.Client({ connectionString: fresh.url });
    await outside.connect();
    const live = () => Promise.all([0, 1].map((nth) => statusOf(`${urlOf('processing', nth)}/health/live`)));
    try {
      await outside.query('begin');
      await outside.query(`select 1 from log.consumer_offset where consumer_group = 'processing' for update`);
      await chainAt(urlOf('intake')).post(world.arrivals.slice(0, 40).map(({ event }) => event));
      await pollUntil('a processing to be stalled', 30_000, async () => (await live()).includes(503));
      const stalled = await Promise.all(
        [0, 1].map(async (nth) => (await fetch(`${urlOf('processing', nth)}/health/live`)).text()),
      );
      expect(stalled.join()).toContain('consumer processing');
      // Nothing else hangs with it.
      expect(await statusOf(`${urlOf('clock')}/health/live`)).toBe(200);
      expect(await statusOf(`${urlOf('intake')}/health/live`)).toBe(200);
      await outside.query('rollback');
    } finally {
      await outside.end();
    }
    await pollUntil('both to be alive', 30_000, async () => (await live()).every((status) => status === 200));
    await chainAt(urlOf('reporting')).caughtUp();
    await compareWithModel();
  });

  it('exit 0 within 10 seconds under load; the other copies go on at once, and every event counts once', async () => {
    const accepted = (id: string): CloudEventJson => ({
      ...{ specversion: '1.0', source: 'urn:spec', id, subject: `dossier ${id}` },
      type: 'vn.tthc.dossier.accepted.v1',
      time: new Date(Date.now() - 1_000).toISOString(),
      data: {
        procedure: world.procedures[0]?.code ?? '',
        receivingAgency: world.agencies[0]?.id ?? '',
        channel: 'counter',
      },
    });
    const intake = chainAt(urlOf('intake'));
    let [posted, loading] = [0, true];
    const load = (async () => {
      while (loading) {
        await intake.post(Array.from({ length: 50 }, (_, nth) => accepted(`${posted + nth}`)));
        posted += 50;
      }
    })();
    const leaving = ['processing', 'clock', 'reporting'].map(
      (app) => processes.filter((one) => one.app === app)[0] as Process,
    );
    await Promise.all(leaving.map(stop));
    processes = processes.filter((one) => !leaving.includes(one));
    // Partitions of one that has left in good order are not waited for.
    await Promise.all(
      Array.from({ length: 8 }, async (_, nth) => {
        await intake.post([accepted(`after-${nth}`)]);
        const path = `${urlOf('reporting')}/v1/dossiers/urn%3Aspec/dossier%20after-${nth}`;
        await pollUntil(`${path} to be told`, 10_000, async () => (await statusOf(path)) === 200);
      }),
    );
    loading = false;
    await load;
    await chainAt(urlOf('reporting')).caughtUp();
    expect(await rowsAbout('processing.dossier_event')).toBe(posted + 8);
    expect(await rowsAbout('reporting.dossier')).toBe(posted + 8);
    expect(await rowsAbout('reporting.ledger')).toBe(posted + 8);
    await Promise.all(processes.map(stop));
    processes = [];
  });
});

async function stop({ app, child, output }: Process): Promise<void> {
  child.kill('SIGTERM');
  await pollUntil(`${app} to exit`, 10_000, () =>
    Promise.resolve(child.exitCode !== null || child.signalCode !== null),
  );
  if (child.exitCode !== 0) throw new Error(`${app}: ${child.exitCode ?? child.signalCode}\n${output()}`);
}

async function start(app: string, env: Readonly<Record<string, string>>): Promise<Process> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--enable-source-maps', `dist/apps/${app}/src/main.js`], {
    env: {
      ...process.env,
      ...{ NODE_OPTIONS: '', HOST: '127.0.0.1', PORT: String(port), KAFKA_BROKERS: undefined },
      ...{ DATABASE_POOL: '4', LOG_PARTITIONS: '2', LOG_LEVEL: 'warn' },
      STALLED_AFTER_SECONDS: String(STALLED_AFTER_SECONDS),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let kept = '';
  child.stderr.on('data', (chunk: Buffer) => (kept = (kept + chunk.toString('utf8')).slice(-10_000)));
  return { app, url: `http://127.0.0.1:${port}`, child, output: () => kept };
}

async function statusOf(url: string): Promise<number | undefined> {
  const response = await fetch(url).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status;
}
