import { request } from 'node:http';
import { call } from './workload.js';

export interface LiveMessage {
  event: string;
  code: string;
  overdueFrom: string | null;
  receivedAt: number;
}

/** Reads the live stream until closed. */
export function readStream(
  url: string,
  onMessage: (message: LiveMessage) => void,
): { close(): void; opened: Promise<void> } {
  let opened!: () => void;
  const openedPromise = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const outgoing = request(`${url}/v1/stream`, (incoming) => {
    opened();
    incoming.setEncoding('utf8');
    let buffer = '';
    incoming.on('data', (chunk: string) => {
      buffer += chunk;
      const receivedAt = Date.now();
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        const frame = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        const event = /^event: (.*)$/m.exec(frame)?.[1];
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (!event || !data) continue;
        const { code, overdueFrom } = JSON.parse(data) as { code?: string; overdueFrom?: string };
        onMessage({ event, code: code ?? '', overdueFrom: overdueFrom ?? null, receivedAt });
      }
    });
    incoming.on('error', () => undefined);
  });
  outgoing.on('error', () => undefined);
  outgoing.end();
  return { close: () => outgoing.destroy(), opened: openedPromise };
}

export const eventJson = (id: string, subject: string, type: string, time: number, data: object): string =>
  JSON.stringify({
    specversion: '1.0',
    source: 'urn:bench:live',
    id,
    subject,
    type: `vn.tthc.dossier.${type}.v1`,
    time: new Date(time).toISOString(),
    data,
  });

/** Sends `rate` events a second, a request every 20 ms, for a while. `make(n)` gives the n-th event. */
export async function steadyLoad(
  url: string,
  rate: number,
  seconds: number,
  make: (n: number) => string,
): Promise<{ sent: number; slowest: number }> {
  const perTick = Math.max(1, Math.round(rate / 50));
  const started = Date.now();
  const pending = new Set<Promise<void>>();
  let sent = 0;
  let slowest = 0;
  while (Date.now() - started < seconds * 1_000) {
    const events = Array.from({ length: perTick }, () => make(sent++));
    const at = performance.now();
    const job = call(
      `${url}/v1/events`,
      'POST',
      `[${events.join(',')}]`,
      'application/cloudevents-batch+json',
    ).then(({ status, body }) => {
      if (status !== 202) throw new Error(`intake answered ${status}: ${body.slice(0, 300)}`);
      slowest = Math.max(slowest, performance.now() - at);
      pending.delete(job);
    });
    pending.add(job);
    const dueAt = started + (sent / rate) * 1_000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - Date.now())));
  }
  await Promise.all(pending);
  return { sent, slowest };
}
