import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  type App,
  AppServer,
  type Chain,
  chainAt,
  freshDatabase,
  type FreshDatabase,
  pollUntil,
} from '#libs/testing';
import {
  expectNamed,
  expectRestated,
  type Issued,
  ISSUED,
  MARCH,
  MARCH_EVENTS,
  putMarchCatalogue,
  type Restatements,
  TOLD_LATER,
  type Verification,
} from './issued-march.js';
import { type ChosenLog, LOGS } from './logs.js';

jest.setTimeout(120_000);

const APPS: readonly App[] = ['intake', 'processing', 'clock', 'reporting'];

describe.each(LOGS)('an issued report on four processes over $log', ({ choose }) => {
  let folder: string;
  let fresh: FreshDatabase;
  let log: ChosenLog;
  let servers: AppServer[] = [];
  let writer: Chain;
  let reader: Chain;
  let url: string;
  let issued: Issued;
  let text: string;
  let verified: Verification;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dunghan-issued-'));
    [fresh, log] = await Promise.all([freshDatabase(), choose()]);
    const env = { ...log.env, DATABASE_URL: fresh.url, DATABASE_POOL: '4', LOG_LEVEL: 'warn' };
    servers = await Promise.all(APPS.map((app) => AppServer.make(app, app, folder, env)));
    for (const server of servers) server.start();
    await Promise.all(servers.map((server) => server.ready()));
    const urlOf = (app: App) => servers[APPS.indexOf(app)]?.url ?? '';
    url = urlOf('reporting');
    [writer, reader] = [chainAt(urlOf('intake')), chainAt(url)];
    await putMarchCatalogue(writer);
    await writer.post(MARCH_EVENTS);
    await reader.caughtUp();
  }, 180_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all([fresh?.drop(), log?.stop()]);
    await rm(folder, { recursive: true, force: true });
  }, 90_000);

  const textOf = async (path: string, init?: RequestInit): Promise<string> => {
    const response = await fetch(`${url}${path}`, init);
    const answer = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${answer}`);
    return answer;
  };
  const get = async <T>(path: string): Promise<T> => JSON.parse(await textOf(path)) as T;
  const issue = (request: object, key: string): Promise<string> =>
    textOf(ISSUED, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(request),
    });
  const verify = () => get<Verification>(`${ISSUED}/${issued.number}/verify`);
  /** Everything that does not say when it was verified. */
  const verdictOf = ({ checksum, stored, recomputed, organisation, since }: Verification) => {
    const { restated, differences } = since;
    return { checksum, stored, recomputed, organisation, since: { restated, differences } };
  };

  async function isPastWhole(): Promise<boolean> {
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ whole: boolean }>(
        `select c.generation - c.kept = p.unkept as whole
           from reporting.counting c join reporting.past p using (id) where c.id = 1`,
      );
      return rows[0]?.whole === true;
    } finally {
      await client.end();
    }
  }

  async function expectStanding(): Promise<Verification> {
    expect(await textOf(`${ISSUED}/${issued.number}`)).toBe(text);
    const body = await verify();
    expect(body.recomputed).toMatchObject({ matches: true, checksum: issued.checksum });
    expectRestated(body);
    expectNamed((await get<Restatements>(body.since.restatements)).items);
    return body;
  }

  it('is issued by what has come by then, and verifies', async () => {
    text = await issue(MARCH, 'first');
    issued = JSON.parse(text) as Issued;
    expect(issued.report.total).toMatchObject({
      received: { total: 4 },
      resolved: { total: 3, early: 1, onTime: 1, late: 1 },
    });
    expect(verdictOf(await verify())).toMatchObject({
      recomputed: { matches: true },
      since: { restated: false },
    });
  });

  it('is restated since when a correction comes, with its cause', async () => {
    await writer.post(TOLD_LATER);
    await reader.caughtUp();
    verified = await expectStanding();
  });

  it.each(['reporting', 'processing'])(
    'has the same verdict and cells after a rebuild of %s',
    async (what) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--enable-source-maps', 'dist/apps/standalone/src/rebuild.js', what],
        {
          env: { ...process.env, NODE_OPTIONS: '', ...log.env, DATABASE_URL: fresh.url },
          encoding: 'utf8',
        },
      );
      expect([status, status === 0 ? stdout : stderr]).toEqual([
        0,
        expect.stringContaining(`rebuilt ${what}: ${MARCH_EVENTS.length + TOLD_LATER.length} events`),
      ]);
      await reader.caughtUp();
      // At once, and when reporting has seen by itself that its sums are of another ledger.
      expect(verdictOf(await expectStanding())).toEqual(verdictOf(verified));
      const live = `/v1/reports/timeliness?${new URLSearchParams({
        ...{ period: '2018-03', by: 'agency', agency: 'H13', asOf: issued.asOf },
      }).toString()}`;
      expect(await get(live)).toEqual(issued.report);
      await pollUntil('the past to be summed up', 30_000, isPastWhole);
      expect(await get(live)).toEqual(issued.report);

      // Issued again as of its instant it is the same to the letter; only number and hour are others.
      const again = JSON.parse(await issue({ ...MARCH, asOf: issued.asOf }, what)) as Issued & {
        issuedAt: string;
      };
      const first = JSON.parse(text) as Issued & { issuedAt: string };
      expect(JSON.stringify({ ...again, number: first.number, issuedAt: first.issuedAt })).toBe(text);
    },
  );
});
