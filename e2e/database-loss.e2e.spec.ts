import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chainAt,
  type CloudEventJson,
  dayOf,
  formatDay,
  fullType,
  isAlive,
  pollUntil,
  postmaster,
  type Standalone,
  startStandalone,
} from '#libs/testing';

/** The embedded database dies under a standalone process that lives on. */
describe('the standalone process', () => {
  const BATCHES = 60;
  const DOSSIERS_A_BATCH = 20;
  let dataDir: string;
  let running: Standalone | undefined;

  afterEach(async () => {
    if (running && running.ended() === undefined) running.kill();
    const server = await postmaster(dataDir).catch(() => undefined);
    if (server && isAlive(server.pid)) process.kill(server.pid, 'SIGQUIT');
    await pollUntil('the server to end', 30_000, () => Promise.resolve(!server || !isAlive(server.pid)));
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  async function start(): Promise<Standalone> {
    dataDir = await mkdtemp(join(tmpdir(), 'dunghan-loss-'));
    running = await startStandalone({ env: { DUNGHAN_DATA_DIR: dataDir, LOG_LEVEL: 'warn' } });
    return running;
  }
  async function killDatabase(): Promise<number> {
    const { pid } = await postmaster(dataDir);
    process.kill(pid, 'SIGKILL');
    await pollUntil('the server to be dead', 10_000, () => Promise.resolve(!isAlive(pid)), 5);
    return pid;
  }

  /** Accepted, and every other one resolved. */
  function batch(nth: number): CloudEventJson[] {
    const time = new Date(Date.now() - 60_000).toISOString();
    const event = (subject: string, type: 'accepted' | 'resolved', data: CloudEventJson['data']) => ({
      ...{ specversion: '1.0' as const, source: 'urn:loss', id: `${subject}-${type}`, subject, time, data },
      ...{ type: fullType(type), sequence: type === 'accepted' ? 1 : 2 },
    });
    return Array.from({ length: DOSSIERS_A_BATCH }, (_, place) => {
      const subject = `${nth}-${place}`;
      const data = { procedure: 'LOSS', receivingAgency: 'LOSS', channel: 'online' as const };
      const accepted = event(subject, 'accepted', data);
      return place % 2 === 0 ? [accepted] : [accepted, event(subject, 'resolved', {})];
    }).flat();
  }
  /** Until it is acknowledged; meanwhile the only other answer is that it does not work now. */
  const insist = (url: string, events: readonly CloudEventJson[], refusals: Set<number>) =>
    pollUntil(
      'the events to be taken',
      60_000,
      async () => {
        const { status } = await fetch(`${url}/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/cloudevents-batch+json' },
          body: JSON.stringify(events),
          signal: AbortSignal.timeout(20_000),
        }).catch((error: unknown) => {
          throw new Error(`${String(error)}\n${running?.output()}`);
        });
        if (status !== 202) refusals.add(status);
        return status === 202;
      },
      10,
    );

  it('starts its killed database again, loses nothing acknowledged and keeps the folder', async () => {
    const { url, stop, output } = await start();
    const chain = chainAt(url);
    await chain.putAgencies([{ id: 'LOSS', name: 'Mất', kind: 'commune' }]);
    const limits = [{ statutory: { amount: 5, unit: 'working-days' as const } }];
    await chain.putProcedures([{ code: 'LOSS', name: 'Mất', domain: 'mất', limits }]);
    const before = await postmaster(dataDir);
    const killed: number[] = [];
    const refusals = new Set<number>();
    for (let nth = 0; nth < BATCHES; nth += 1) {
      // Not awaited: it dies while the next ones are sent.
      if (nth % 20 === 10) killed.push(await killDatabase());
      await insist(url, batch(nth), refusals);
    }
    // Nothing but "not now", which asks for another try; least of all a fault of our own.
    expect([...refusals]).toEqual([503]);
    expect(new Set(killed).size).toBe(3);

    await chain.caughtUp();
    const dossiers = BATCHES * DOSSIERS_A_BATCH;
    const today = formatDay(dayOf(Date.now()));
    const { total, identities } = await chain.report({ from: '2018-01-01', to: today }, Date.now());
    expect(identities).toEqual({ violations: [] });
    expect(total.received.total).toBe(dossiers);
    expect(total.resolved.total).toBe(dossiers / 2);
    expect(total.open.total).toBe(dossiers / 2);
    expect(await chain.list({}, 500)).toHaveLength(dossiers);
    expect(await chain.status('/health/live')).toBe(200);

    const after = await postmaster(dataDir);
    expect(after.url).toBe(before.url);
    expect(killed).not.toContain(after.pid);
    expect(output()).toContain('was started again and is ours');
    await expect(startStandalone({ env: { DUNGHAN_DATA_DIR: dataDir } })).rejects.toThrow(
      'Another Đúng Hạn process is already running',
    );
    await stop();
    expect(isAlive(after.pid)).toBe(false);
  }, 180_000);

  it('leaves with a clear message when its database cannot be started again', async () => {
    const { ended, output } = await start();
    const home = (await readFile(join(dataDir, 'WHERE'), 'utf8').catch(() => dataDir)).trim();
    const { pid } = await postmaster(dataDir);
    await rename(join(home, 'postgres'), join(home, 'mislaid'));
    process.kill(pid, 'SIGKILL');
    await pollUntil('the process to leave', 60_000, () => Promise.resolve(ended() !== undefined));
    expect(ended()).toBe('code 1');
    expect(output()).toContain(`The PostgreSQL server of the data folder ${dataDir} has ended`);
  }, 120_000);
});
