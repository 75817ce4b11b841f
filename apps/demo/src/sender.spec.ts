import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpClient, RequestRefused, ServerUnavailable } from './http.js';
import { sendEvents } from './sender.js';

interface Received {
  mediaType: string | undefined;
  events: unknown[];
}
type Answer = (batch: number) => { status: number; body?: object };

let server: Server | undefined;

/** A server that takes batches and answers as told; the fake stands at the edge of the process. */
async function serverThat(
  answer: Answer,
  patienceMs?: number,
): Promise<{ client: HttpClient; received: Received[] }> {
  const received: Received[] = [];
  let requests = 0;
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const events = JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown[];
      const { status, body } = answer(requests++);
      if (status === 202) received.push({ mediaType: incoming.headers['content-type'], events });
      outgoing.writeHead(status, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(body ?? { accepted: events.length }));
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    client: new HttpClient(`http://127.0.0.1:${port}`, new AbortController().signal, patienceMs),
    received,
  };
}

const events = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ time: id, json: `{"id":"${id}"}` }));

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe('sending events', () => {
  it('sends every event once, in batches, in order of the batches', async () => {
    const { client, received } = await serverThat(() => ({ status: 202 }));
    let seen = 0;
    expect(await sendEvents(client, events(6_001), (count) => (seen += count))).toBe(6_001);
    client.close();
    expect(seen).toBe(6_001);
    expect(received.map(({ events: batch }) => batch.length).sort()).toEqual([1_001, 2_500, 2_500]);
    expect(received[0]!.mediaType).toBe('application/cloudevents-batch+json');
    const ids = received
      .flatMap(({ events: batch }) => batch as { id: string }[])
      .map(({ id }) => Number(id));
    expect(ids.sort((a, b) => a - b)).toEqual(events(6_001).map(({ time }) => time));
  });

  it('tries again when the server is busy, and loses nothing', async () => {
    const { client, received } = await serverThat((request) => ({ status: request < 2 ? 503 : 202 }));
    expect(await sendEvents(client, events(10))).toBe(10);
    client.close();
    expect(received).toHaveLength(1);
  });

  it('ends at a refusal and shows what the server said', async () => {
    const { client } = await serverThat(() => ({ status: 422, body: { title: 'unknown-agency' } }));
    const sending = sendEvents(client, events(10));
    await expect(sending).rejects.toThrow(RequestRefused);
    await expect(sending).rejects.toThrow(/HTTP 422[^]*unknown-agency/);
    client.close();
  });

  it('gives up on a server that stays busy', async () => {
    const { client } = await serverThat(() => ({ status: 503 }), 50);
    await expect(sendEvents(client, events(10))).rejects.toThrow(ServerUnavailable);
    client.close();
  });

  it('does not believe an answer that counts another number of events', async () => {
    const { client } = await serverThat(() => ({ status: 202, body: { accepted: 9 } }));
    await expect(sendEvents(client, events(10))).rejects.toThrow('accepted 9 of 10');
    client.close();
  });
});
