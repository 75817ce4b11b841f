import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { isAlive, pollUntil } from '#libs/testing';
import { type EmbeddedPostgres, EmbeddedPostgresError, startEmbeddedPostgres } from './embedded-postgres.js';

jest.setTimeout(90_000);

describe('the embedded PostgreSQL', () => {
  let folders: string[] = [];
  let servers: EmbeddedPostgres[] = [];
  let owners: ChildProcess[] = [];

  afterEach(async () => {
    for (const owner of owners) owner.kill('SIGKILL');
    for (const server of servers) {
      await server.stop();
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
  async function start(folder: string): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres(folder);
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
  async function startElsewhere(folder: string): Promise<{ owner: ChildProcess; pid: number }> {
    const script = `
      import { startEmbeddedPostgres } from '#libs/platform';
      const { pid } = await startEmbeddedPostgres(${JSON.stringify(folder)});
      console.log('pid', pid);
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
      return Promise.resolve(/pid \d+/.test(output));
    });
    return { owner, pid: Number(/pid (\d+)/.exec(output)?.[1]) };
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

  it('starts again after the server itself was killed, with everything committed', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    await ask(first.url, 'create table survives as select 7 as number');
    process.kill(first.pid, 'SIGKILL');
    const second = await start(folder);
    expect(second.pid).not.toBe(first.pid);
    expect(await ask(second.url, 'select number from survives')).toEqual([{ number: 7 }]);
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
