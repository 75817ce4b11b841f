import pg from 'pg';

const BATCH = 1_000;

interface RawEvent {
  source: string;
  id: string;
  subject: string;
  time: string;
  data: { resolvingAgency?: string; receivingAgency?: string };
}

/**
 * The floor: the same events with plain SQL on one connection in batches of 1,000, four statements
 * with unnest, no rules applied: insert of the event, upsert of the dossier, append of a snapshot,
 * upsert of counters. What the chain costs above it is what it does with the events.
 */
export async function floorEventsPerSecond(
  url: string,
  bodies: readonly Buffer[],
  events: number,
): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  // A server that is stopped meanwhile is told by the statement that fails.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('drop schema if exists floor cascade');
    await client.query('create schema floor');
    await client.query(
      'create table floor.event (source text, id text, code text, body jsonb, primary key (source, id))',
    );
    await client.query(
      'create table floor.dossier (source text, code text, body jsonb, primary key (source, code))',
    );
    await client.query(
      'create table floor.snapshot (id bigint generated always as identity primary key, body jsonb)',
    );
    await client.query(
      'create table floor.counter (agency text, day date, count int, primary key (agency, day))',
    );
    const started = performance.now();
    for (const body of bodies) {
      const parsed = JSON.parse(body.toString('utf8')) as RawEvent[];
      for (let from = 0; from < parsed.length; from += BATCH)
        await writeBatch(client, parsed.slice(from, from + BATCH));
    }
    return events / ((performance.now() - started) / 1_000);
  } finally {
    await client.query('drop schema if exists floor cascade').catch(() => undefined);
    await client.end();
  }
}

async function writeBatch(client: pg.Client, batch: readonly RawEvent[]): Promise<void> {
  const texts = batch.map((event) => JSON.stringify(event));
  const dossiers = new Map(
    batch.map((event, index) => [`${event.source}|${event.subject}`, { event, text: texts[index] }]),
  );
  const counts = new Map<string, { agency: string; day: string; count: number }>();
  for (const event of batch) {
    const agency = event.data.resolvingAgency ?? event.data.receivingAgency ?? '';
    const day = event.time.slice(0, 10);
    const counter = counts.get(agency + day) ?? { agency, day, count: 0 };
    counter.count += 1;
    counts.set(agency + day, counter);
  }
  const latest = [...dossiers.values()];
  const counters = [...counts.values()];
  await client.query('begin');
  await client.query(
    `insert into floor.event select * from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) on conflict do nothing`,
    [
      batch.map(({ source }) => source),
      batch.map(({ id }) => id),
      batch.map(({ subject }) => subject),
      texts,
    ],
  );
  await client.query(
    `insert into floor.dossier select * from unnest($1::text[], $2::text[], $3::jsonb[])
     on conflict (source, code) do update set body = excluded.body`,
    [
      latest.map(({ event }) => event.source),
      latest.map(({ event }) => event.subject),
      latest.map(({ text }) => text),
    ],
  );
  await client.query('insert into floor.snapshot (body) select * from unnest($1::jsonb[])', [texts]);
  await client.query(
    `insert into floor.counter as c select * from unnest($1::text[], $2::date[], $3::int[])
     on conflict (agency, day) do update set count = c.count + excluded.count`,
    [
      counters.map(({ agency }) => agency),
      counters.map(({ day }) => day),
      counters.map(({ count }) => count),
    ],
  );
  await client.query('commit');
}
