import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createDataSource } from '#libs/store';
import { isAlive, pollUntil } from '#libs/testing';
import { EmbeddedPostgresError } from './embedded-home.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { isRetryable } from './retry.js';

jest.setTimeout(90_000);

describe('the embedded PostgreSQL', () => {
  let folders: string[] = [];
  let servers: EmbeddedPostgres[] = [];
  let owners: ChildProcess[] = [];

  afterEach(async () => {
    for (const owner of owners) owner.kill('SIGKILL');
    for (const server of servers) await server.stop();
    for (const server of servers) {
      await pollUntil('the server to end', 30_000, () => Promise.resolve(!isAlive(server.pid)));
    }
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
    [folders, servers, owners] = [[], [], []];
  }, 60_000);

  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'dunghan-embedded-'));
    folders.push(folder);
    return folder;
  }
  async function start(folder: string, say?: (words: string) => void): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres(folder, say);
    servers.push(server);
    return server;
  }
  async function ask<T extends object>(url: string, sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }
  /** Another process that starts the server and is then killed. */
  async function startElsewhere(folder: string): Promise<{ owner: ChildProcess; pid: number; url: string }> {
    const script = `
      import { startEmbeddedPostgres } from '#libs/platform';
      const { pid, url } = await startEmbeddedPostgres(${JSON.stringify(folder)});
      console.log('pid', pid, url);
      setInterval(() => undefined, 1_000);`;
    const loader = ['--conditions', 'source', '--import', '@swc-node/register/esm-register'];
    const owner = spawn(process.execPath, [...loader, '--input-type=module', '-e', script], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    owners.push(owner);
    let output = '';
    owner.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    owner.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await pollUntil('the other process to start a server', 60_000, () => {
      if (owner.exitCode !== null) throw new Error(output);
      return Promise.resolve(/pid .*\n/.test(output));
    });
    const [, pid, url = ''] = /pid (\d+) (\S+)/.exec(output) ?? [];
    return { owner, pid: Number(pid), url };
  }

  it('starts on an empty folder, sorts by bytes, and keeps its data from start to start', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    await ask(first.url, `create table kept as select unnest(array['a', 'B', 'đ']) as word`);
    await first.stop();
    const second = await start(folder);
    expect(await ask(second.url, 'select word from kept order by word')).toEqual([
      { word: 'B' },
      { word: 'a' },
      { word: 'đ' },
    ]);
    expect(await ask(second.url, 'show data_checksums')).toEqual([{ data_checksums: 'on' }]);
    // Only this machine, and only with the password.
    expect(await ask(second.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    const guess = new URL(second.url);
    guess.password = 'guess';
    await expect(ask(guess.href, 'select 1')).rejects.toThrow('password');
  });

  it('says clearly that another process already runs on the folder', async () => {
    const folder = await newFolder();
    const server = await start(folder);
    const again = await startEmbeddedPostgres(folder).catch((error: unknown) => error);
    expect(again).toBeInstanceOf(EmbeddedPostgresError);
    expect((again as Error).message).toContain(folder);
    expect((again as Error).message).toContain('DUNGHAN_DATA_DIR');
    // The one that runs is none the worse for it.
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('takes over the server of a process that was killed', async () => {
    const folder = await newFolder();
    const { owner, pid } = await startElsewhere(folder);
    owner.kill('SIGKILL');
    await pollUntil('its death', 10_000, () => Promise.resolve(owner.signalCode !== null));
    const heir = await start(folder);
    expect(heir.pid).toBe(pid);
    expect(await ask(heir.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('starts again after process and server were killed, with everything committed', async () => {
    const folder = await newFolder();
    const first = await startElsewhere(folder);
    await ask(first.url, 'create table survives as select 7 as number');
    first.owner.kill('SIGKILL');
    process.kill(first.pid, 'SIGKILL');
    const second = await start(folder);
    expect(second.pid).not.toBe(first.pid);
    expect(await ask(second.url, 'select number from survives')).toEqual([{ number: 7 }]);
  });

  describe('under a process that lives on', () => {
    const heldBy = ({ url }: EmbeddedPostgres) =>
      ask<{ pid: number }>(
        url,
        `select a.pid from pg_stat_activity a join pg_locks l using (pid)
          where a.application_name = 'dunghan-owner' and l.locktype = 'advisory' and l.granted`,
      ).catch((error: unknown) => {
        if (isRetryable(error)) return [];
        throw error;
      });
    const isHeld = (server: EmbeddedPostgres): boolean => {
      try {
        server.assertHeld();
        return true;
      } catch (error) {
        expect(isRetryable(error)).toBe(true);
        return false;
      }
    };
    const heldAgain = (server: EmbeddedPostgres) =>
      pollUntil('the folder to be held again', 60_000, async () => {
        return isHeld(server) && (await heldBy(server)).length === 1;
      });
    async function expectClosed(folder: string): Promise<void> {
      const second = await startEmbeddedPostgres(folder).catch((error: unknown) => error);
      expect(second).toBeInstanceOf(EmbeddedPostgresError);
      expect((second as Error).message).toContain('Another Đúng Hạn process is already running');
    }

    it('comes back at the same address when the server is killed, with its data and its lock', async () => {
      const folder = await newFolder();
      const said: string[] = [];
      const server = await start(folder, (words) => said.push(words));
      const { url, pid } = server;
      await ask(url, 'create table survives as select 7 as number');
      for (let times = 1; times <= 2; times += 1) {
        const killed = server.pid;
        process.kill(killed, 'SIGKILL');
        await pollUntil('the loss to be noticed', 20_000, () => Promise.resolve(!isHeld(server)), 1);
        await heldAgain(server);
        expect(server.pid).not.toBe(killed);
        expect(server.url).toBe(url);
        expect(await ask(url, 'select number from survives')).toEqual([{ number: 7 }]);
        // Said once that it is gone, and once that it is back.
        expect(said).toHaveLength(2 * times);
      }
      expect(said.join()).toContain(folder);
      expect(said.at(-1)).toContain('was started again');
      expect(isAlive(pid)).toBe(false);
      await expectClosed(folder);
    });

    it('holds the folder again when the server has recovered from the death of one of its own', async () => {
      const folder = await newFolder();
      const said: string[] = [];
      const server = await start(folder, (words) => said.push(words));
      const { pid } = server;
      await ask(server.url, 'create table survives as select 7 as number');
      const client = new pg.Client({ connectionString: server.url });
      client.on('error', () => undefined);
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
      await pollUntil('the loss to be noticed', 20_000, () => Promise.resolve(!isHeld(server)), 1);
      await heldAgain(server);
      expect(server.pid).toBe(pid);
      expect(said).toHaveLength(2);
      expect(said[1]).toContain('has recovered');
      expect(await ask(server.url, 'select number from survives')).toEqual([{ number: 7 }]);
      await expectClosed(folder);
      await client.end().catch(() => undefined);
    });

    it('lets no new connection write while another process has the folder, and says that it is lost', async () => {
      const folder = await newFolder();
      const server = await start(folder);
      const connected = createDataSource(server.url, 1, server.assertHeld);
      await connected.initialize();
      await connected.destroy();
      const rival = new pg.Client({ connectionString: server.url });
      await rival.connect();
      const [owner] = await heldBy(server);
      const [lock] = await ask<{ key: string }>(
        server.url,
        `select (classid::bigint << 32 | objid::bigint)::text as key from pg_locks where locktype = 'advisory'`,
      );
      // In the queue before the owner is thrown out, so that it comes first.
      const taken = rival.query('select pg_advisory_lock($1)', [lock?.key]);
      await pollUntil('the rival to wait', 20_000, async () => {
        const waiting = await ask(
          server.url,
          `select 1 from pg_locks where locktype = 'advisory' and not granted`,
        );
        return waiting.length === 1;
      });
      await ask(server.url, `select pg_terminate_backend(${owner?.pid})`);
      await taken;
      const reason = await server.lost;
      expect(reason.message).toContain(folder);
      expect(reason.message).toContain('Another Đúng Hạn process took');
      const refused = await createDataSource(server.url, 1, server.assertHeld)
        .initialize()
        .catch((error: unknown) => error);
      expect(isRetryable(refused)).toBe(true);
      // What is another's is not stopped.
      await server.stop();
      expect((await rival.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await rival.end();
      expect((await start(folder)).pid).toBe(server.pid);
    });

    it('says that the server is lost when it cannot be started again', async () => {
      const folder = await newFolder();
      const server = await start(folder);
      const where = (await readFile(join(folder, 'WHERE'), 'utf8').catch(() => folder)).trim();
      await rename(join(where, 'postgres'), join(where, 'mislaid'));
      process.kill(server.pid, 'SIGKILL');
      const reason = await server.lost;
      expect(reason).toBeInstanceOf(EmbeddedPostgresError);
      expect(reason.message).toContain(folder);
      expect(reason.message).toContain('does not come back');
      // Nothing new and empty has taken its place.
      expect(await stat(join(where, 'postgres')).catch(() => 'nothing')).toBe('nothing');
      await rename(join(where, 'mislaid'), join(where, 'postgres'));
    });

    it('does not start the server again when it is stopped', async () => {
      const folder = await newFolder();
      const said: string[] = [];
      const server = await start(folder, (words) => said.push(words));
      await server.stop();
      await pollUntil('the server to end', 30_000, () => Promise.resolve(!isAlive(server.pid)));
      expect(said).toEqual([]);
      const refused = await ask(server.url, 'select 1').catch((error: unknown) => error);
      expect(isRetryable(refused)).toBe(true);
    });

    it('stops although the server has just been killed', async () => {
      const folder = await newFolder();
      const server = await start(folder);
      process.kill(server.pid, 'SIGKILL');
      await server.stop();
      const heir = await start(folder);
      expect(await ask(heir.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    });
  });

  it('works in a home that its user may not enter', async () => {
    const home = await newFolder();
    const folder = join(home, 'private', 'data');
    await mkdir(join(home, 'private'), { mode: 0o700 });
    const server = await start(folder);
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const where = await readFile(join(folder, 'WHERE'), 'utf8').catch(() => folder);
    if (userInfo().uid === 0) folders.push(where.trim());
    // Only root has to go elsewhere, and says where.
    expect(where.trim() === folder).toBe(userInfo().uid !== 0);
    expect((await stat(join(where.trim(), 'postgres'))).mode & 0o077).toBe(0);
  });
});
