import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { DeliveredMessage, EventLog } from '#libs/event-log';
import { startEmbeddedPostgres } from '#libs/platform';
import { connect } from '#libs/store';
import { postgresContainer } from './containers.js';
import { pollUntil } from './standalone.js';

/** An empty database of a spec's own. */
export interface FreshDatabase {
  readonly url: string;
  /** Drops it, connections and all, and stops the server if it was started for it. */
  drop(): Promise<void>;
}

/** The same with the schema in it and a pool to it. */
export interface TestDatabase {
  readonly url: string;
  readonly database: DataSource;
  close(): Promise<void>;
}

/**
 * An empty database for one spec file: in the server that `DATABASE_URL` names, else in a container where there
 * is an engine, else in an embedded one in a temporary folder. Spec files run side by side, so none may see another's rows.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = process.env.DATABASE_URL ? { url: process.env.DATABASE_URL } : await temporaryServer();
  const name = `dunghan_spec_${randomBytes(8).toString('hex')}`;
  await inServer(server.url, `create database ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      if ('stop' in server) return server.stop();
      await inServer(server.url, `drop database ${name} with (force)`);
    },
  };
}

/** A fresh database, migrated. */
export async function openTestDatabase(poolSize?: number): Promise<TestDatabase> {
  const fresh = await freshDatabase();
  const database = await connect(fresh.url, poolSize);
  return {
    url: fresh.url,
    database,
    close: async () => {
      await database.destroy();
      await fresh.drop();
    },
  };
}

async function temporaryServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const container = await postgresContainer();
  if (container) return container;
  const folder = await mkdtemp(join(tmpdir(), 'dunghan-spec-'));
  const server = await startEmbeddedPostgres(folder);
  // Nothing here outlives the spec, so nothing need reach the disk.
  await inServer(server.url, 'alter system set fsync = off', 'select pg_reload_conf()');
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      // A busy machine may take longer over it than `stop` waits.
      await pollUntil('the server to end', 30_000, () => Promise.resolve(!isAlive(server.pid)));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every message of a topic so far, each partition's in order; leaves no trace but a group of its own. */
export async function everythingIn(log: EventLog, topic: string): Promise<DeliveredMessage[]> {
  const wanted = (await log.heads(topic)).reduce((total, head) => total + head, 0);
  const messages: DeliveredMessage[] = [];
  const reader = await log.subscribe({
    group: `spec-${randomBytes(4).toString('hex')}`,
    topic,
    onBatch: (batch) => {
      messages.push(...batch.messages);
      return Promise.resolve();
    },
    onFatal: (error) => {
      throw error;
    },
  });
  await pollUntil(`the whole of ${topic}`, 30_000, () => Promise.resolve(messages.length >= wanted), 5);
  await reader.stop();
  return messages;
}

/** The embedded server of a data folder. */
export async function postmaster(dataDir: string): Promise<{ pid: number; url: string }> {
  const home = (await readFile(join(dataDir, 'WHERE'), 'utf8').catch(() => dataDir)).trim();
  const lines = (await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  const password = (await readFile(join(home, 'password'), 'utf8')).trim();
  return { pid: Number(lines[0]), url: `postgres://dunghan:${password}@127.0.0.1:${lines[3]}/postgres` };
}

/** Whether a process of that id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function inServer(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const sql of statements) await client.query(sql);
  } finally {
    await client.end();
  }
}
