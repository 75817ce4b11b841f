import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { pollUntil } from '#libs/testing';
import { Proxy } from './proxy.js';

describe('the proxy', () => {
  let server: Server;
  let proxy: Proxy;
  let client: Socket;
  let heard = '';
  let error: string | undefined;

  beforeEach(async () => {
    // Whoever is behind it says everything back.
    server = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    proxy = await Proxy.open(() => 0);
    proxy.leadTo((server.address() as AddressInfo).port);
    [heard, error] = ['', undefined];
    client = connect({ host: '127.0.0.1', port: proxy.port });
    client.on('data', (piece) => (heard += piece.toString()));
    client.on('error', (fault: NodeJS.ErrnoException) => (error = fault.code));
    await once(client, 'connect');
  });
  afterEach(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });

  const closed = () => pollUntil('the end of the connection', 5_000, () => Promise.resolve(client.closed), 5);
  const hears = (text: string) => pollUntil(text, 5_000, () => Promise.resolve(heard === text), 5);
  const roundTrip = async (text: string) => {
    client.write(text);
    await hears(heard + text);
  };

  it('carries everything both ways, and the end of it', async () => {
    await roundTrip('one');
    await roundTrip('two');
    client.end();
    await closed();
    expect([heard, error]).toEqual(['onetwo', undefined]);
  });

  it('slows every piece down, and goes on in the same order', async () => {
    proxy.disturb({ kind: 'slow', ms: 60 }, 1);
    const started = performance.now();
    await roundTrip('slow');
    // Once on the way there, once on the way back; timers may be a little early.
    expect(performance.now() - started).toBeGreaterThan(110);
    proxy.heal({ drop: false });
    await roundTrip(' quick');
    expect(heard).toBe('slow quick');
  });

  it('is silent, and delivers late what it held back', async () => {
    await roundTrip('a');
    proxy.disturb({ kind: 'silent' }, 1);
    client.write('b');
    await pollUntil('the piece to be held', 5_000, () => Promise.resolve(proxy.holds() === 1), 5);
    expect(heard).toBe('a');
    proxy.heal({ drop: false });
    await hears('ab');
    expect(error).toBeUndefined();
  });

  it('is silent, and breaks off what it held back', async () => {
    await roundTrip('a');
    proxy.disturb({ kind: 'silent' }, 1);
    client.write('b');
    await pollUntil('the piece to be held', 5_000, () => Promise.resolve(proxy.holds() === 1), 5);
    proxy.heal({ drop: true });
    await closed();
    expect([heard, error]).toEqual(['a', 'ECONNRESET']);
  });

  it('resets the connections with less luck than the share, and only these', async () => {
    await roundTrip('a');
    proxy.reset(0);
    await roundTrip('b');
    proxy.reset(1);
    await closed();
    expect(error).toBe('ECONNRESET');
  });

  it('refuses when there is nobody behind it', async () => {
    proxy.leadTo(1);
    const other = connect({ host: '127.0.0.1', port: proxy.port });
    const [fault] = (await once(other, 'error')) as [NodeJS.ErrnoException];
    expect(fault.code).toBe('ECONNRESET');
  });
});
