import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { cantho2018 } from '../../apps/demo/src/cantho-2018.js';

/** Bodies of POST /v1/events, made before the clock starts: the generator is not what is measured. */
export interface Workload {
  bodies: Buffer[];
  events: number;
  dossiers: number;
}

/** The Cần Thơ replay as request bodies. */
export function makeWorkload(scale: number, batchSize: number, seed = 1): Workload {
  const replay = cantho2018({ scale, seed });
  const bodies: Buffer[] = [];
  let batch: string[] = [];
  let events = 0;
  const flush = () => {
    if (batch.length > 0) bodies.push(Buffer.from(`[${batch.join(',')}]`));
    batch = [];
  };
  for (const { json } of replay.events) {
    batch.push(json);
    events += 1;
    if (batch.length === batchSize) flush();
  }
  flush();
  return { bodies, events, dossiers: replay.plan.dossiers };
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export interface Answer {
  status: number;
  /** Decoded when asked for: what is measured is over with the last byte. */
  readonly body: string;
}

export function call(
  url: string,
  method = 'GET',
  body?: Buffer | string,
  type = 'application/json',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const outgoing = request(url, { method, agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          get body() {
            return Buffer.concat(chunks).toString('utf8');
          },
        }),
      );
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Sends every body with a few requests under way; anything but 202 is an error. */
export async function sendAll(url: string, bodies: readonly Buffer[], inFlight = 3): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < bodies.length) {
      const body = bodies[next++] as Buffer;
      const answer = await call(`${url}/v1/events`, 'POST', body, 'application/cloudevents-batch+json');
      if (answer.status !== 202)
        throw new Error(`intake answered ${answer.status}: ${answer.body.slice(0, 500)}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

/** Puts the catalogue of the replay. */
export async function putCatalogue(url: string): Promise<void> {
  for (const name of ['agencies', 'procedures']) {
    const text = await readFile(`data/cantho/${name}-2018.json`, 'utf8');
    const answer = await call(`${url}/v1/catalogue/${name}`, 'PUT', bodyOf(name, text));
    if (answer.status !== 200) throw new Error(`catalogue: ${answer.status} ${answer.body.slice(0, 500)}`);
  }
}

/** The file also names its sources; the API takes the list alone, known members only. */
function bodyOf(name: string, text: string): string {
  const known =
    name === 'agencies'
      ? ['id', 'name', 'kind', 'parent', 'validFrom', 'validTo', 'successors']
      : ['code', 'name', 'domain', 'pausePolicy', 'limits'];
  const rows = (JSON.parse(text) as Record<string, Record<string, unknown>[]>)[name] ?? [];
  const bare = rows.map((row) =>
    Object.fromEntries(known.filter((key) => key in row).map((key) => [key, row[key]])),
  );
  return JSON.stringify({ [name]: bare });
}

/** Waits until everything accepted has reached the reports. */
export async function caughtUp(url: string, withinMs = 600_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const { body } = await call(`${url}/v1/progress`);
    if ((JSON.parse(body) as { caughtUp: boolean }).caughtUp) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the chain did not catch up in time');
}
