import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { EVENTS_TOPIC, TIMELINESS_TOPIC, type TimelinessMessage } from '#libs/contracts';
import { type LogMessage, PostgresLog } from '#libs/event-log';
import { isRetryable, pause } from '#libs/platform';
import { connect } from '#libs/store';
import {
  type Agency,
  chainAt,
  type CloudEventJson,
  firstArrivals,
  formatDay,
  formatInstant,
  dayOf,
  everythingIn,
  fullType,
  isAlive,
  parseInstant,
  pollUntil,
  postmaster,
  type Procedure,
  recordsAsOf,
  type ReportQuery,
  type Row,
  seededDelivery,
  seededHistory,
  type Standalone,
  startStandalone,
  type World,
} from '#libs/testing';

/**
 * The standalone process, its database or both, killed at any moment while events pour in. At the end
 * everything acknowledged is there and nothing has had its effect twice.
 *
 * `KILL_ROUNDS` rounds; `KILL_SEED` repeats a run's choices, though never its exact timing.
 */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 20);
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
const random = dice(SEED);

const HOT: { agency: Agency; procedure: Procedure } = {
  agency: { id: 'HOT', name: 'Nóng', kind: 'commune' },
  procedure: { code: 'HOT', name: 'Nóng', domain: 'nóng', limits: [] },
};

describe(`killed again and again (KILL_SEED=${SEED})`, () => {
  let dataDir: string;
  let running: Standalone;
  let world: World;
  let over = false;
  const ENV = { ANNOUNCE_SETTLE_SECONDS: '1', IDENTITY_CHECK_SECONDS: '1', LOG_LEVEL: 'error' };

  const start = async (port?: string) => {
    running = await startStandalone({
      env: { ...ENV, DUNGHAN_DATA_DIR: dataDir, ...(port && { PORT: port }) },
    });
  };
  beforeAll(async () => {
    console.log(`KILL_SEED=${SEED} KILL_ROUNDS=${ROUNDS}`);
    dataDir = await mkdtemp(join(tmpdir(), 'dunghan-kill-'));
    await start();
    const chain = chainAt(running.url);
    await chain.putAgencies([HOT.agency]);
    await chain.putProcedures([HOT.procedure]);
    world = {
      agencies: [HOT.agency],
      procedures: [HOT.procedure],
      calendars: [{ recordedAt: 0, document: await chain.calendar() }],
      arrivals: [],
    };
  }, 90_000);
  afterAll(async () => {
    over = true;
    if (running && isAlive(running.pid)) running.kill();
    const server = await postmaster(dataDir).catch(() => undefined);
    if (server && isAlive(server.pid)) process.kill(server.pid, 'SIGQUIT');
    await pollUntil('the server to end', 30_000, () => Promise.resolve(!server || !isAlive(server.pid)));
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  /** Tries until the answer is as expected; what failed may or may not have been taken. */
  const insist = (what: string, method: string, path: string, type: string, body: unknown, wanted: number) =>
    pollUntil(
      what,
      120_000,
      async () => {
        if (over) throw new Error('the run is over');
        const response = await fetch(`${running.url}${path}`, {
          method,
          headers: { 'content-type': type },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(20_000),
        }).catch(() => undefined);
        // The answer may also be cut off half way; its status alone is no acknowledgement then.
        const text = await response?.text().catch(() => undefined);
        if (response === undefined || text === undefined || response.status >= 500) return false;
        if (response.status !== wanted) throw new Error(`${what}: ${response.status} ${text}`);
        return true;
      },
      25,
    );

  const put = (path: string, body: unknown) =>
    insist(`PUT ${path}`, 'PUT', `/v1/catalogue/${path}`, 'application/json', body, 200);

  /** One client: batch after batch, each until it is acknowledged, so the order of first arrival is known. */
  async function pour(name: string, done: () => boolean): Promise<{ posted: CloudEventJson[] }> {
    const posted: CloudEventJson[] = [];
    for (let turn = 0; !done(); turn += 1) {
      const seed = SEED * 1_000 + turn * 2 + name.length;
      const digits = `${name.length}${String(turn).padStart(5, '0')}`;
      const history = seededHistory(seed, {
        name: `${name}${turn}`,
        digits,
        dossiers: 25,
        now: Date.now() - 1_000,
      });
      await put('agencies', { agencies: history.catalogue.agencies });
      await put('procedures', { procedures: history.catalogue.procedures });
      world = {
        ...world,
        agencies: [...world.agencies, ...history.catalogue.agencies],
        procedures: [...world.procedures, ...history.catalogue.procedures],
      };
      const silent = silentIn({ ...world, arrivals: [] }, history.events, seed);
      for (const planned of seededDelivery(seed, history.events, { batch: 40 })) {
        const batch = [
          ...planned.filter((event) => !silent.has(keyOf(event.source, event.subject))),
          ...hotEvents(`${name}-${posted.length}`),
        ];
        await insist('POST', 'POST', '/v1/events', 'application/cloudevents-batch+json', batch, 202);
        posted.push(...batch);
        // Not as fast as can be: the model has to follow.
        await pause(10 + random(40));
        if (done()) break;
      }
    }
    return { posted };
  }

  /** A dossier whose deadline falls due within seconds; some are resolved before, or said to have been. */
  function hotEvents(name: string): CloudEventJson[] {
    const now = Date.now();
    const make = (
      type: 'accepted' | 'resolved',
      time: number,
      data: CloudEventJson['data'],
    ): CloudEventJson => ({
      specversion: '1.0',
      source: 'urn:hot',
      id: `${name}-${type}`,
      type: fullType(type),
      subject: name,
      time: formatInstant(time),
      data,
    });
    const dueAt = now + 200 + random(4_000);
    const acceptance = make('accepted', now - 1_000, {
      ...{
        procedure: 'HOT',
        receivingAgency: 'HOT',
        channel: 'online' as const,
        dueAt: formatInstant(dueAt),
      },
      limit: { amount: 8, unit: 'working-hours' },
    });
    const resolution = make('resolved', now - random(900), {});
    switch (random(3)) {
      case 0:
        return [acceptance];
      case 1:
        return [resolution, acceptance];
      default:
        // Acknowledged with the next batch, mostly: late enough, at times, to undo an announcement.
        held.push({ at: now + random(8_000), event: resolution });
        return [acceptance, ...held.filter(({ at }) => at < now).map(({ event }) => event)];
    }
  }
  const held: { at: number; event: CloudEventJson }[] = [];

  it(
    'keeps everything acknowledged, once',
    async () => {
      let rounds = 0;
      const done = () => rounds >= ROUNDS || over;
      const clients = [pour('k', done), pour('kk', done)];
      const failed = Promise.all(clients);
      failed.catch(() => undefined);
      const poison: string[] = [];
      const deaths = { process: 0, 'process and database': 0, database: 0, 'a database session': 0 };

      for (; rounds < ROUNDS; rounds += 1) {
        const bad = [`{"round":${rounds}`, JSON.stringify({ round: rounds, specversion: '1.0' })];
        await withLog(dataDir, (log) =>
          log.append(
            EVENTS_TOPIC,
            bad.map((value): LogMessage => ({ key: value, value })),
          ),
        );
        poison.push(...bad);
        await Promise.race([pause(100 + random(1_400)), failed]);

        const fate = random(100);
        if (fate < 15) {
          // The server restarts itself and forgets what it had not written; our process lives on.
          deaths['a database session'] += 1;
          await killSession(dataDir);
          await ready(running);
          continue;
        }
        const server = await postmaster(dataDir);
        if (fate < 35) {
          // Our process lives on and starts it again.
          deaths.database += 1;
          process.kill(server.pid, 'SIGKILL');
          await pollUntil('the server to be dead', 10_000, () => Promise.resolve(!isAlive(server.pid)), 5);
          await ready(running);
          continue;
        }
        running.kill();
        if (fate < 55) process.kill(server.pid, 'SIGKILL');
        deaths[fate < 55 ? 'process and database' : 'process'] += 1;
        await pollUntil('the process to be dead', 10_000, () => Promise.resolve(!isAlive(running.pid)), 5);
        await start(new URL(running.url).port);
      }
      const posted = (await Promise.all(clients)).map((client) => client.posted);
      console.log(`killed: ${JSON.stringify(deaths)}; ${posted.flat().length} events acknowledged`);
      world = { ...world, arrivals: posted.flat().map((event) => ({ event, recordedAt: 0 })) };
      await settled();
      await compareFigures();
      await compareAnnouncements();
      await compareQuarantine(posted, poison);
      await running.stop();
    },
    120_000 + ROUNDS * 20_000,
  );

  /** Everything applied, and everything that is due announced. */
  async function settled(): Promise<void> {
    await chainAt(running.url).caughtUp();
    await withDatabase(dataDir, (database) =>
      pollUntil('the last deadline to be announced', 30_000, async () => {
        const [row] = await database.query<{ waiting: number }[]>(
          `select count(*)::int as waiting from processing.timer where at < now() + interval '10 seconds'`,
        );
        return row?.waiting === 0;
      }),
    );
    await chainAt(running.url).caughtUp();
  }

  async function compareFigures(): Promise<void> {
    const now = Date.now();
    const today = formatDay(dayOf(now));
    const listed = await chainAt(running.url).list({}, 500);
    const expected = recordsAsOf(world, now).list(now);
    expect(listed.length).toBe(expected.length);
    const byKey = new Map(listed.map((dossier) => [keyOf(dossier.source, dossier.code), dossier]));
    const wrong = expected.flatMap((dossier) => {
      const given = byKey.get(keyOf(dossier.source, dossier.code));
      const fields = Object.entries(dossier).filter(
        ([field, value]) => given?.[field as keyof typeof given] !== value,
      );
      return fields.length === 0 ? [] : [{ dossier: keyOf(dossier.source, dossier.code), given, fields }];
    });
    expect(wrong.slice(0, 3)).toEqual([]);

    const queries: ReportQuery[] = (['agency', 'procedure', 'domain', 'channel', 'month'] as const).map(
      (by) => ({
        ...{ from: '2018-01-01', to: today, by, flat: by === 'agency' },
      }),
    );
    for (const query of [...queries, { ...(queries[0] as ReportQuery), from: today }]) {
      const parameters = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      );
      const response = await fetch(`${running.url}/v1/reports/timeliness?${parameters.toString()}`);
      const report = (await response.json()) as {
        asOf: string;
        total: Row;
        rows: (Row & { key: string; name?: string })[];
        identities: unknown;
      };
      const model = recordsAsOf(world, parseInstant(report.asOf)).report(query);
      expect(report.identities).toEqual({ violations: [] });
      expect(report.total).toEqual(model.total);
      expect(report.rows.map(({ name: _name, ...row }) => row)).toEqual(model.rows);
    }
  }

  async function compareAnnouncements(): Promise<void> {
    const said = await withDatabase(dataDir, announcementsIn);
    const counts = new Map<string, number>();
    for (const { kind, source, code, deadline, announcedAt } of said) {
      const key = JSON.stringify([kind, source, code, deadline]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      expect(announcedAt).toBeGreaterThanOrEqual(kind === 'overdue' ? deadline : 0);
    }
    expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
    expect(said.length).toBeGreaterThan(0);

    // Whoever is overdue has been announced.
    const now = Date.now();
    const overdue = recordsAsOf(world, now).list(now, { timeliness: 'overdue' });
    const missing = overdue.filter(
      ({ source, code, overdueFrom }) =>
        !counts.has(JSON.stringify(['overdue', source, code, parseInstant(overdueFrom ?? '')])),
    );
    expect(missing.map(({ source, code }) => keyOf(source, code))).toEqual([]);

    // And every announcement has gone out on the live stream, once.
    const streamed = (await liveEvents(running.url))
      .filter(({ kind }) => kind !== 'resolved')
      .map(({ kind, source, code }) => JSON.stringify([kind, source, code]));
    expect(streamed.sort()).toEqual(
      said.map(({ kind, source, code }) => JSON.stringify([kind, source, code])).sort(),
    );
  }

  async function compareQuarantine(posted: CloudEventJson[][], poison: readonly string[]): Promise<void> {
    const first = new Map(
      firstArrivals(posted.flat().map((event) => ({ event, recordedAt: 0 }))).map(({ event }) => [
        keyOf(event.source, event.id),
        event,
      ]),
    );
    const nameOf = ({ source, id, subject, time }: CloudEventJson): string =>
      JSON.stringify([source, id, subject, parseInstant(time)]);
    const conflicting = posted
      .flat()
      .filter(
        (event) => nameOf(event) !== nameOf(first.get(keyOf(event.source, event.id)) as CloudEventJson),
      );
    const rows = await withDatabase(dataDir, (database) =>
      database.query<{ reason: string; text: string; topic: string; partition: number; position: string }[]>(
        `select reason, convert_from(value, 'UTF8') as text, topic, partition, position from processing.quarantine`,
      ),
    );
    const texts = new Set(
      rows.map(({ reason, text }) =>
        reason === 'conflicting-duplicate' ? nameOf(JSON.parse(text) as CloudEventJson) : text,
      ),
    );
    expect([...texts].sort()).toEqual([...new Set([...conflicting.map(nameOf), ...poison])].sort());
    // What was sent again after a kill may be there again, but each message of the log only once.
    const origins = rows.map(({ topic, partition, position }) => `${topic} ${partition} ${position}`);
    expect(new Set(origins).size).toBe(origins.length);
  }
});

const keyOf = (source: string, code: string): string => JSON.stringify([source, code]);

/** Dossiers on which the contract is silent, told from the whole history in the order of its delivery. */
function silentIn(world: World, events: readonly CloudEventJson[], seed: number): Set<string> {
  const arrivals = seededDelivery(seed, events, { batch: 40 })
    .flat()
    .map((event) => ({ event, recordedAt: 0 }));
  return new Set(
    recordsAsOf({ ...world, arrivals }, 0)
      .dossiers.filter(({ silent }) => silent.length > 0)
      .map(({ source, code }) => keyOf(source, code)),
  );
}

async function withDatabase<T>(
  dataDir: string,
  use: (database: DataSource, url: string) => Promise<T>,
): Promise<T> {
  const { url } = await postmaster(dataDir);
  let database: DataSource | undefined;
  await pollUntil('the server to take connections', 30_000, async () => {
    database = await connect(url, 4).catch((error: unknown) => {
      if (isRetryable(error)) return undefined;
      throw error;
    });
    return database !== undefined;
  });
  if (!database) throw new Error('not connected');
  try {
    return await use(database, url);
  } finally {
    await database.destroy();
  }
}

const withLog = (dataDir: string, use: (log: PostgresLog) => Promise<void>): Promise<void> =>
  withDatabase(dataDir, (database, url) => use(new PostgresLog(database, url)));

async function killSession(dataDir: string): Promise<void> {
  const pids = await withDatabase(dataDir, (database) =>
    database.query<{ pid: number }[]>(
      `select pid from pg_stat_activity
        where application_name like 'dunghan%' and pid <> pg_backend_pid() order by state, pid`,
    ),
  );
  const victim = pids[random(pids.length)];
  if (victim && isAlive(victim.pid)) process.kill(victim.pid, 'SIGKILL');
}

async function ready({ url, output }: Standalone): Promise<void> {
  await pollUntil('the process to recover', 30_000, async () => {
    const response = await fetch(`${url}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.status === 200;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${output()}`);
  });
}

/** Every announcement in the log. */
async function announcementsIn(database: DataSource, url: string) {
  const log = new PostgresLog(database, url);
  const messages = await everythingIn(log, TIMELINESS_TOPIC);
  return messages
    .map(({ value }) => JSON.parse(value) as TimelinessMessage)
    .flatMap((message) => (message.kind === 'snapshot' ? [] : [message]));
}

/** Everything on the live stream from its beginning until it has caught up, which `totals` shows. */
async function liveEvents(url: string): Promise<{ kind: string; source: string; code: string }[]> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/v1/stream`, {
    headers: { 'last-event-id': '0' },
    signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(30_000)]),
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (/\nevent: totals\n.*\n\n/.test(text)) break;
  }
  leaving.abort();
  return text.split('\n\n').flatMap((block) => {
    const kind = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (kind === undefined || kind === 'totals' || data === undefined) return [];
    const { source, code } = JSON.parse(data) as { source: string; code: string };
    return [{ kind, source, code }];
  });
}

/** Small whole numbers from a seed (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
