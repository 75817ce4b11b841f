import { chainAt } from './chain-client.js';
import { dayOf, formatDay, parseInstant } from './reference-calendar.js';
import { type CloudEventJson, firstArrivals } from './reference-events.js';
import { type Records, recordsAsOf, type ReportQuery, type Row, type World } from './reference-model.js';

/**
 * What a chain that has caught up shows, against what the reference model says it must. Each check answers with
 * the differences in words; none is the good answer.
 */

/** At most so many of one kind: the first is what helps. */
const SHOWN = 3;

const keyOf = (source: string, code: string): string => JSON.stringify([source, code]);

/** Every dossier, and every cell of the reports over all years and over today. Nothing may fall due meanwhile. */
export async function figureDifferences(url: string, world: World): Promise<string[]> {
  const now = Date.now();
  const listed = await chainAt(url).list({}, 500);
  const records = recordsAsOf(world, now);
  const expected = records.list(now);
  const given = new Map(listed.map((dossier) => [keyOf(dossier.source, dossier.code), dossier]));
  const wrong = expected.flatMap((dossier) => {
    const key = keyOf(dossier.source, dossier.code);
    const found = given.get(key);
    const fields = Object.entries(dossier).filter(
      ([field, value]) => found?.[field as keyof typeof found] !== value,
    );
    return fields.length === 0
      ? []
      : [`dossier ${key} is ${JSON.stringify(found)}, not ${JSON.stringify(Object.fromEntries(fields))}`];
  });
  const differences = wrong.slice(0, SHOWN);
  if (listed.length !== expected.length)
    differences.push(`${listed.length} dossiers are listed, not ${expected.length}`);

  const today = formatDay(dayOf(now));
  const period = { from: '2018-01-01', to: today };
  const queries = [
    ...(['agency', 'procedure', 'domain', 'channel', 'month'] as const).map((by): ReportQuery => ({
      ...period,
      by,
      flat: by === 'agency',
    })),
    { from: today, to: today, by: 'agency', flat: true } as const,
  ];
  for (const query of queries) differences.push(...(await reportDifferences(url, query, world, records)));
  return differences;
}

interface ReportJson {
  asOf: string;
  total: Row;
  rows: (Row & { key: string; name?: string })[];
  identities: { violations: unknown[] };
}

async function reportDifferences(
  url: string,
  query: ReportQuery,
  world: World,
  records: Records,
): Promise<string[]> {
  const parameters = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const response = await fetch(`${url}/v1/reports/timeliness?${parameters.toString()}`);
  if (response.status !== 200) return [`report ${parameters.toString()}: ${response.status}`];
  const { asOf, total, rows, identities } = (await response.json()) as ReportJson;
  const given = { total, rows: rows.map(({ name: _name, ...row }) => row) };
  const isRight = (model: Records): boolean => same(given, model.report(query));
  const differences =
    identities.violations.length === 0 ? [] : [`identities: ${JSON.stringify(identities.violations)}`];
  // The instant of the report is a moment later than that of the records; only a difference is worth a second look.
  if (isRight(records)) return differences;
  const model = recordsAsOf(world, parseInstant(asOf));
  if (isRight(model)) return differences;
  const wanted = model.report(query);
  const rowOf = new Map(given.rows.map((row) => [row.key, row]));
  const row = wanted.rows.find((one) => !same(one, rowOf.get(one.key)));
  return [
    ...differences,
    `report ${parameters.toString()}: total ${JSON.stringify(total)}, not ${JSON.stringify(wanted.total)}; ` +
      `${rows.length} rows of ${wanted.rows.length}; ` +
      `first wrong row ${JSON.stringify(row && rowOf.get(row.key))}, not ${JSON.stringify(row)}`,
  ];
}

/** Whatever the order of their members. */
function same(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return Object.is(left, right);
  const [names, others] = [Object.keys(left), Object.keys(right)];
  return (
    names.length === others.length &&
    Array.isArray(left) === Array.isArray(right) &&
    names.every(
      (name) =>
        name in right &&
        same((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
    )
  );
}

/** What was said of a deadline. */
export interface Said {
  readonly kind: string;
  readonly source: string;
  readonly code: string;
  /** First millisecond after the deadline it speaks of. */
  readonly deadline: number;
  readonly announcedAt: number;
}

/** Nothing said twice or too early, whoever is overdue has been announced, and the live stream has all of it, once. */
export async function announcementDifferences(
  url: string,
  world: World,
  said: readonly Said[],
): Promise<string[]> {
  const differences: string[] = [];
  const counts = new Map<string, number>();
  for (const { kind, source, code, deadline, announcedAt } of said) {
    const key = JSON.stringify([kind, source, code, deadline]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (kind === 'overdue' && announcedAt < deadline) differences.push(`announced too early: ${key}`);
  }
  for (const [key, count] of counts) if (count > 1) differences.push(`announced ${count} times: ${key}`);
  if (said.length === 0) differences.push('nothing was announced');

  const now = Date.now();
  for (const { source, code, overdueFrom } of recordsAsOf(world, now).list(now, { timeliness: 'overdue' })) {
    const key = JSON.stringify(['overdue', source, code, parseInstant(overdueFrom ?? '')]);
    if (!counts.has(key)) differences.push(`never announced: ${key}`);
  }

  const left = new Map<string, number>();
  const note = (key: string, by: number) => left.set(key, (left.get(key) ?? 0) + by);
  for (const { kind, source, code } of said) note(JSON.stringify([kind, source, code]), 1);
  for (const { kind, source, code } of await liveEvents(url))
    if (kind !== 'resolved') note(JSON.stringify([kind, source, code]), -1);
  for (const [key, count] of left) {
    if (count > 0) differences.push(`missing on the live stream: ${key}`);
    if (count < 0) differences.push(`${1 - count} times on the live stream: ${key}`);
  }
  return differences.slice(0, 3 * SHOWN);
}

/** A row of the quarantine. */
export interface Quarantined {
  readonly reason: string;
  readonly value: Buffer | null;
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
}

/**
 * The quarantine holds exactly what was poisoned, and the events that reuse an id for something else.
 *
 * @param posted what each sender sent, in its order
 * @param poison values of messages that nobody can apply; null: a message without a value
 */
export function quarantineDifferences(
  rows: readonly Quarantined[],
  posted: readonly (readonly CloudEventJson[])[],
  poison: readonly (Buffer | null)[],
): string[] {
  const all = posted.flat();
  const first = new Map(
    firstArrivals(all.map((event) => ({ event, recordedAt: 0 }))).map(({ event }) => [
      keyOf(event.source, event.id),
      event,
    ]),
  );
  const nameOf = ({ source, id, subject, time }: CloudEventJson): string =>
    JSON.stringify([source, id, subject, parseInstant(time)]);
  const nameOfBytes = (value: Buffer | null): string => value?.toString('base64') ?? 'no value';
  const expected = new Set([
    ...all
      .filter((event) => {
        const counted = first.get(keyOf(event.source, event.id));
        return counted !== undefined && nameOf(event) !== nameOf(counted);
      })
      .map(nameOf),
    ...poison.map(nameOfBytes),
  ]);
  const found = new Set(
    rows.map(({ reason, value }) =>
      reason === 'conflicting-duplicate' && value
        ? nameOf(JSON.parse(value.toString('utf8')) as CloudEventJson)
        : nameOfBytes(value),
    ),
  );
  // What was sent again after a kill may be there again, but each message of the log only once.
  const origins = rows.map(({ topic, partition, position }) => `${topic} ${partition} ${position}`).sort();
  return [
    ...[...expected].filter((name) => !found.has(name)).map((name) => `not in the quarantine: ${name}`),
    ...[...found]
      .filter((name) => !expected.has(name))
      .map((name) => `in the quarantine without cause: ${name}`),
    ...origins
      .filter((origin, nth) => origins[nth - 1] === origin)
      .map((origin) => `twice in the quarantine: ${origin}`),
  ].slice(0, 3 * SHOWN);
}

/** Everything on the live stream from its beginning until it has caught up, which `totals` shows. */
async function liveEvents(url: string): Promise<{ kind: string; source: string; code: string }[]> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/v1/stream`, {
    headers: { 'last-event-id': '0' },
    signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(30_000)]),
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (/\nevent: totals\n.*\n\n/.test(text.slice(-50_000))) break;
  }
  leaving.abort();
  return text.split('\n\n').flatMap((block) => {
    const kind = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (kind === undefined || kind === 'totals' || data === undefined) return [];
    const { source, code } = JSON.parse(data) as { source: string; code: string };
    return [{ kind, source, code }];
  });
}
