import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { freshDatabase, type FreshDatabase, pollUntil } from '#libs/testing';
import { Listener } from './listener.js';

jest.setTimeout(60_000);

describe('a listener', () => {
  const WITHIN_MS = 20_000;
  let fresh: FreshDatabase;
  let outside: pg.Client;
  let listeners: Listener[] = [];

  beforeAll(async () => {
    fresh = await freshDatabase();
    outside = new pg.Client({ connectionString: fresh.url });
    await outside.connect();
  });
  afterEach(async () => {
    await Promise.all(listeners.map((listener) => listener.stop()));
    listeners = [];
  });
  afterAll(async () => {
    await outside?.end();
    await fresh?.drop();
  });

  /** What a listener has told so far; `applicationName` tells its sessions from others'. */
  function listenAs(applicationName: string) {
    const told = { heard: [] as string[], listening: 0 };
    const listener = new Listener({
      ...{ url: fresh.url, applicationName, channel: 'spec_news' },
      onNotification: (payload) => told.heard.push(payload),
      onListening: () => (told.listening += 1),
    });
    listeners.push(listener);
    return { listener, told };
  }
  const notify = (payload: string) => outside.query('select pg_notify($1, $2)', ['spec_news', payload]);
  const sessionsOf = async (applicationName: string): Promise<number[]> => {
    const { rows } = await outside.query<{ pid: number }>(
      'select pid from pg_stat_activity where application_name = $1',
      [applicationName],
    );
    return rows.map(({ pid }) => pid);
  };

  it('says when it listens, then hears every notification in order', async () => {
    const { told } = listenAs('spec-hears');
    await pollUntil('it to listen', WITHIN_MS, () => Promise.resolve(told.listening === 1));
    await notify('first');
    await notify('second');
    await pollUntil('both', WITHIN_MS, () => Promise.resolve(told.heard.length === 2), 5);
    expect(told).toEqual({ heard: ['first', 'second'], listening: 1 });
  });

  it('comes back when its session is ended, says so, and hears again', async () => {
    const { told } = listenAs('spec-comes-back');
    for (let times = 1; times <= 3; times += 1) {
      await pollUntil('it to listen', WITHIN_MS, () => Promise.resolve(told.listening === times), 5);
      await notify(`${times}`);
      await pollUntil('the notification', WITHIN_MS, () => Promise.resolve(told.heard.length === times), 5);
      const [session, ...others] = await sessionsOf('spec-comes-back');
      expect(others).toEqual([]);
      await outside.query('select pg_terminate_backend($1)', [session]);
    }
    await pollUntil('it to listen', WITHIN_MS, () => Promise.resolve(told.listening === 4), 5);
    expect(told.heard).toEqual(['1', '2', '3']);
  });

  it('leaves no session behind when it stops, and does not come back', async () => {
    const { listener, told } = listenAs('spec-stops');
    await pollUntil('it to listen', WITHIN_MS, () => Promise.resolve(told.listening === 1));
    await listener.stop();
    await pollUntil(
      'its session to end',
      WITHIN_MS,
      async () => (await sessionsOf('spec-stops')).length === 0,
    );
    await notify('too late');
    await listener.stop();
    expect(told).toEqual({ heard: [], listening: 1 });
  });

  it('stops while it has no server to listen to', async () => {
    const gone = new URL(fresh.url);
    gone.pathname = '/no_such_database';
    const told = { listening: 0 };
    const listener = new Listener({
      ...{ url: gone.href, applicationName: 'spec-nowhere', channel: 'spec_news' },
      onNotification: () => undefined,
      onListening: () => (told.listening += 1),
    });
    await listener.stop();
    expect(told.listening).toBe(0);
  });
});
