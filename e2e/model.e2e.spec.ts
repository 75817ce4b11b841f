import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  chainAt,
  chooseEdit,
  compareBytes,
  DAY_MS,
  dayOf,
  firstArrivals,
  formatDay,
  formatInstant,
  mergeCalendar,
  pollUntil,
  recordsAsOf,
  seededDelivery,
  seededHistory,
  seededRandom,
  startOfDay,
  startStandalone,
  ZERO_ROW,
  type Arrival,
  type Chain,
  type CloudEventJson,
  type Dossier,
  type DossierFilter,
  type History,
  type Records,
  type ReportQuery,
  type Row,
  type Standalone,
  type World,
} from '#libs/testing';
import { type ChosenLog, LOGS } from './logs.js';

/**
 * The running chain against the reference model, over HTTP only: random histories, delivered in random order
 * with repetitions and in random batches, must give every dossier and every cell of every report.
 *
 * All seeds feed one chain, so each is also checked among the dossiers of those before it. To run one again:
 * `MODEL_SEEDS=<seed> MODEL_NOW=<as printed> npm run jest -- e2e/model`. `MODEL_URL` names a chain that is
 * already running, and empty. Histories on which the contract is silent are left out; `MODEL_SILENT=all`, or
 * names of SILENT in the model, keeps them: differences there are questions, not faults.
 */

const SEEDS = (process.env.MODEL_SEEDS ?? '1,2,3,4,5,6').split(',').map(Number);
const KEPT_SILENT = (process.env.MODEL_SILENT ?? '').split(',');
const DOSSIERS = 150;
const SHOWN = 6;

let chain: Chain;
let world: World;

describe.each(process.env.MODEL_URL ? LOGS.slice(0, 1) : LOGS)(
  'the running chain on $log agrees with the reference model',
  ({ choose }) => {
    let log: ChosenLog | undefined;
    let started: Standalone | undefined;

    beforeAll(async () => {
      if (!process.env.MODEL_URL) {
        log = await choose();
        started = await startStandalone({ env: log.env });
      }
      chain = chainAt(started?.url ?? process.env.MODEL_URL ?? '');
      const document = await chain.calendar();
      world = { agencies: [], procedures: [], calendars: [{ recordedAt: 0, document }], arrivals: [] };
    }, 180_000);

    afterAll(async () => {
      await started?.stop();
      await log?.stop();
    }, 30_000);

    it.each(SEEDS)(
      'seed %i',
      async (seed) => {
        const now = Number(process.env.MODEL_NOW ?? Date.now() - 1_000);
        try {
          await runSeed(seed, now);
        } catch (error) {
          const again = `MODEL_SEEDS=${seed} MODEL_NOW=${now}`;
          throw new Error(`${again}\n${error instanceof Error ? error.message : String(error)}`);
        }
      },
      120_000,
    );

    it('counts the first of two events with one id, even if they name different dossiers', async () => {
      const agency = { id: 'CD.1', name: 'Trùng mã', kind: 'province' } as const;
      const days = { amount: 5, unit: 'working-days' } as const;
      const procedure = {
        code: '9.999999',
        name: 'Trùng mã',
        domain: 'trùng mã',
        limits: [{ statutory: days }],
      };
      await putCatalogue({ agencies: [agency], procedures: [procedure] });
      const accepted = (id: string, subject: string): CloudEventJson => ({
        specversion: '1.0',
        source: 'urn:dunghan:thu:trung',
        id,
        type: 'vn.tthc.dossier.accepted.v1',
        subject,
        time: '2026-03-02T08:00:00+07:00',
        data: { procedure: procedure.code, receivingAgency: agency.id, channel: 'counter' },
      });
      // One after the other: dossiers lie on several partitions, and what overtakes what there nobody promises.
      for (const arrivals of [
        [accepted('1', 'first')],
        [accepted('1', 'second'), accepted('2', 'second')],
        [accepted('2', 'third'), accepted('3', 'third')],
      ]) {
        await post(arrivals);
        await settledRecords();
      }
      const records = await settledRecords();
      expect(
        records.report({ from: '2026-03-01', to: '2026-03-31', agency: agency.id }).total.received.total,
      ).toBe(3);
      await compareDossiers(records, 'trung');
    }, 60_000);

    it('has seen the calendar edited', () => {
      // Not every history has a day to edit (see chooseEdit), but of several some must have had one.
      expect(world.calendars.length > 1 || SEEDS.length < 4).toBe(true);
    });

    it('refuses filters, cursors and periods that mean nothing', async () => {
      const tomorrow = formatDay(dayOf(Date.now()) + 2);
      const listed = ['state=open', 'timeliness=green', 'agency=nobody', 'procedure=nothing', 'channel=fax'];
      for (const query of [...listed, 'cursor=%21', 'limit=0', 'limit=501', 'limit=x']) {
        expect([query, await chain.status(`/v1/dossiers?${query}`)]).toEqual([query, 400]);
      }
      const status = await chain.status(`/v1/reports/timeliness?from=${tomorrow}&to=${tomorrow}`);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(await chain.status('/v1/dossiers/urn%3Anobody/nothing')).toBe(404);
    });
  },
);

/** One history: four parts, a look at the records after each, a calendar edit before the last. */
async function runSeed(seed: number, now: number): Promise<void> {
  const digits = String(seed % 1_000_000).padStart(6, '0');
  const history = seededHistory(seed, { name: `S${seed}`, digits, dossiers: DOSSIERS, now });
  await putCatalogue(history.catalogue);
  const parts = specifiedOnly(inParts(seededDelivery(seed, history.events, { batch: 120 })));
  const random = seededRandom(seed);
  const looks: Records[] = [];

  for (const [index, batches] of parts.entries()) {
    const last = index === parts.length - 1;
    if (last) {
      const records = looks.at(-1);
      if (records) {
        await compareDossiers(records, history.name);
        await compareReports(records, aFew(viewsOf(history, records, random), 40, random));
      }
      const later = batches.flat().map((event): Arrival => ({ event, recordedAt: Date.now() + DAY_MS }));
      await editCalendar(later, random);
      const edited = await settledRecords();
      await compareDossiers(edited, history.name);
      await compareReports(edited, aFew(viewsOf(history, edited, random), 20, random));
    }
    for (const batch of batches) await post(batch);
    looks.push(await settledRecords());
  }

  const final = looks.at(-1);
  if (!final) throw new Error('nothing was delivered');
  await compareDossiers(final, history.name);
  await compareLists(final, history, random);
  await compareReports(final, viewsOf(history, final, random));
  // What earlier looks showed must still be what those instants knew.
  for (const look of looks.slice(0, -1)) {
    await compareLists(look, history, random, 12);
    await compareReports(look, aFew(viewsOf(history, look, random), 12, random));
  }
  const beforeAnything = recordsAsOf(world, startOfDay(dayOf(now) - 900));
  await compareReports(beforeAnything, [{ from: '2018-01-01', to: '2024-02-29', by: 'month' }]);
}

async function putCatalogue(catalogue: History['catalogue']): Promise<void> {
  await chain.putAgencies(catalogue.agencies);
  await chain.putProcedures(catalogue.procedures);
  world = {
    ...world,
    agencies: [...world.agencies, ...catalogue.agencies],
    procedures: [...world.procedures, ...catalogue.procedures],
  };
}

async function post(events: readonly CloudEventJson[]): Promise<void> {
  const recordedAt = Date.now();
  await chain.post(events);
  world = { ...world, arrivals: [...world.arrivals, ...events.map((event) => ({ event, recordedAt }))] };
}

async function editCalendar(later: readonly Arrival[], random: Random): Promise<void> {
  const days = chooseEdit(world, later, random);
  const before = world.calendars.at(-1)?.document;
  if (!before || days.length === 0) return;
  const put = { sessions: before.sessions, days };
  const recordedAt = Date.now();
  await chain.putCalendar(put);
  const document = mergeCalendar(before, put);
  world = { ...world, calendars: [...world.calendars, { recordedAt, document }] };
}

/** The records as of an instant after everything so far and before everything to come. */
async function settledRecords(): Promise<Records> {
  await chain.caughtUp();
  const asOf = Date.now();
  // Instants have milliseconds: what is recorded next must not fall into the same one.
  await pollUntil('the next millisecond', 1_000, () => Promise.resolve(Date.now() > asOf), 1);
  return recordsAsOf(world, asOf);
}

type Parts = readonly (readonly (readonly CloudEventJson[])[])[];

/** Batches in four parts, the last a short one. */
function inParts(batches: readonly (readonly CloudEventJson[])[]): Parts {
  const cut = [0.3, 0.6, 0.85].map((share) => Math.ceil(share * batches.length));
  return [0, ...cut].map((from, index) => batches.slice(from, cut[index]));
}

/** Leaves out the dossiers that run into one of the contract's silences at any of the looks. */
function specifiedOnly(parts: Parts): Parts {
  const leftOut = (which: string): boolean => !KEPT_SILENT.includes(which) && !KEPT_SILENT.includes('all');
  const keyOf = (source: string, code: string): string => JSON.stringify([source, code]);
  const silent = new Set<string>();
  for (let index = 1; index <= parts.length; index++) {
    const arrivals = parts
      .slice(0, index)
      .flat(2)
      .map((event) => ({ event, recordedAt: 0 }));
    for (const dossier of recordsAsOf({ ...world, arrivals }, 0).dossiers) {
      if (dossier.silent.some(leftOut)) silent.add(keyOf(dossier.source, dossier.code));
    }
  }
  return parts.map((batches) =>
    batches
      .map((batch) => batch.filter(({ source, subject }) => !silent.has(keyOf(source, subject))))
      .filter((batch) => batch.length > 0),
  );
}

/** Every dossier of one history, each by its own address. */
async function compareDossiers(records: Records, name: string): Promise<void> {
  const known = firstArrivals(world.arrivals);
  const differences: string[] = [];
  const own = records.dossiers.filter(({ source }) => source.split(':').includes(name));
  // An empty comparison agrees with anything.
  expect(own.length).toBeGreaterThan(0);
  await inParallel(own, async (recorded) => {
    const before = Date.now();
    const actual = await chain.dossier(recorded.source, recorded.code);
    const wrong = wrongAtBoth(before, (now) => wrongFields(records.show(recorded, now), actual));
    const events = known
      .map(({ event }) => event)
      .filter(({ source, subject }) => source === recorded.source && subject === recorded.code);
    const ids = (of: readonly { id: string }[]): string =>
      of
        .map(({ id }) => id)
        .sort(compareBytes)
        .join(' ');
    if (ids(actual.events) !== ids(events)) wrong.push(`events: ${ids(actual.events)}, not ${ids(events)}`);
    const listed = JSON.stringify(actual.anomalies);
    const { anomalies, phase } = recorded.stateAt(Infinity);
    const missing = phase === 'incomplete' ? [] : anomalies.filter((id) => !listed.includes(id));
    if (missing.length > 0) wrong.push(`anomalies: ${listed} lacks ${missing.join(' ')}`);
    if (wrong.length === 0) return;
    const silent = recorded.silent.length > 0 ? ` (silent: ${recorded.silent.join(', ')})` : '';
    const life = recorded.facts
      .map(({ time, type, id, data }) => `    ${formatInstant(time)} ${type} ${id} ${JSON.stringify(data)}`)
      .join('\n');
    differences.push(`${recorded.source} ${recorded.code}${silent}\n  ${wrong.join('\n  ')}\n${life}`);
  });
  report(differences, 'dossiers');
}

/**
 * The list under every filter, page by page, in order.
 *
 * @param past of records that are not the newest: how many filters are tried, as of then
 */
async function compareLists(
  records: Records,
  { catalogue }: History,
  random: Random,
  past?: number,
): Promise<void> {
  const states = [
    'incomplete',
    'submitted',
    'running',
    'paused',
    'resolved',
    'refused',
    'withdrawn',
    'stopped',
  ];
  const classes = ['early', 'on-time', 'late', 'no-due-date', 'paused', 'overdue', 'due-soon', 'in-time'];
  const all = {
    state: states as NonNullable<DossierFilter['state']>[],
    timeliness: classes as NonNullable<DossierFilter['timeliness']>[],
    agency: catalogue.agencies.map(({ id }) => id),
    procedure: catalogue.procedures.map(({ code }) => code),
    channel: ['counter', 'online', 'post'] as const,
  };
  const one = <T>(list: readonly T[]): T | undefined => list[random(list.length)];
  const filters: DossierFilter[] = [
    {},
    ...all.state.map((state) => ({ state })),
    ...all.timeliness.map((timeliness) => ({ timeliness })),
    ...all.agency.map((agency) => ({ agency })),
    ...all.procedure.map((procedure) => ({ procedure })),
    ...all.channel.map((channel) => ({ channel })),
    ...Array.from({ length: 4 }, () => ({ agency: one(all.agency), timeliness: one(all.timeliness) })),
    ...Array.from({ length: 4 }, () => ({
      procedure: one(all.procedure),
      state: one(all.state),
      channel: one(all.channel),
    })),
  ];
  const differences: string[] = [];
  await inParallel(past === undefined ? filters : aFew(filters, past, random), async (filter) => {
    const limit = Object.keys(filter).length === 0 ? 500 : 20 + random(300);
    const before = Date.now();
    const asOf = past === undefined ? undefined : records.asOf;
    const actual = await chain.list(filter, limit, asOf);
    const wrong = wrongAtBoth(asOf ?? before, (now) => wrongList(records.list(asOf ?? now, filter), actual));
    if (wrong.length > 0)
      differences.push(`${JSON.stringify({ ...filter, limit, asOf })}\n  ${wrong.slice(0, 3).join('\n  ')}`);
  });
  report(differences, 'lists');
}

function wrongList(expected: readonly Dossier[], actual: readonly Dossier[]): string[] {
  const keyOf = ({ source, code }: Dossier): string => JSON.stringify([source, code]);
  const [wanted, got] = [expected.map(keyOf), actual.map(keyOf)];
  const first = wanted.findIndex((key, index) => key !== got[index]);
  if (first >= 0 || wanted.length !== got.length) {
    const lost = wanted.filter((key) => !got.includes(key));
    const extra = got.filter((key) => !wanted.includes(key));
    return [
      `${got.length} instead of ${wanted.length}; from ${first}: ${wanted[first]} expected, ${got[first]} given; ` +
        `missing ${lost.slice(0, 3).join(' ')}; not expected ${extra.slice(0, 3).join(' ')}`,
    ];
  }
  return expected.flatMap((dossier, index) => {
    const wrong = wrongFields(dossier, actual[index]);
    return wrong.length > 0 ? [`${keyOf(dossier)}: ${wrong.join('; ')}`] : [];
  });
}

function wrongFields(expected: Dossier, actual: Dossier | undefined): string[] {
  return Object.entries(expected).flatMap(([field, value]: [string, unknown]) => {
    const given: unknown = actual?.[field as keyof Dossier];
    return given === value ? [] : [`${field}: ${JSON.stringify(given)}, expected ${JSON.stringify(value)}`];
  });
}

/** What is wrong by the instant before a request and by the one after it: a class may change in between. */
function wrongAtBoth(before: number, wrongAt: (now: number) => string[]): string[] {
  const wrong = wrongAt(before);
  return wrong.length > 0 && wrongAt(Date.now()).length === 0 ? [] : wrong;
}

async function compareReports(records: Records, queries: readonly ReportQuery[]): Promise<void> {
  const names = new Map<string, string>([
    ...world.agencies.map(({ id, name }): [string, string] => [id, name]),
    ...world.procedures.map(({ code, name }): [string, string] => [code, name]),
  ]);
  const differences: string[] = [];
  await inParallel(queries, async (query) => {
    const actual = await chain.report(query, records.asOf);
    const expected = records.report(query);
    const wrong = wrongRow('total', expected.total, actual.total);
    const rowsOf = (rows: readonly (Row & { key: string })[]) => new Map(rows.map((row) => [row.key, row]));
    const [wanted, got] = [rowsOf(expected.rows), rowsOf(actual.rows)];
    if (got.size !== actual.rows.length) wrong.push('a key is there twice');
    // Whether a row in which nothing counts is shown is left to the chain.
    for (const key of new Set([...wanted.keys(), ...got.keys()])) {
      wrong.push(...wrongRow(key, wanted.get(key) ?? ZERO_ROW, got.get(key) ?? ZERO_ROW));
    }
    if (query.by === 'agency' || query.by === 'procedure') {
      for (const { key, name } of actual.rows) {
        if (name !== names.get(key)) wrong.push(`${key} is called ${name}, not ${names.get(key)}`);
      }
    }
    const violations = actual.identities.violations;
    if (violations.length > 0) wrong.push(`identities: ${JSON.stringify(violations)}`);
    if (actual.from !== query.from) wrong.push(`from ${actual.from}`);
    if (actual.asOf !== formatInstant(records.asOf)) wrong.push(`asOf ${actual.asOf}`);
    if ((actual.by ?? undefined) !== query.by) wrong.push(`by ${actual.by}`);
    if (wrong.length === 0) return;
    differences.push(
      `${JSON.stringify({ ...query, asOf: formatInstant(records.asOf) })}\n  ${wrong.slice(0, 8).join('\n  ')}`,
    );
  });
  report(differences, 'reports');
}

function wrongRow(key: string, expected: Row, actual: Row): string[] {
  const [wanted, got] = [leavesOf(expected), leavesOf(actual)];
  return [...wanted].flatMap(([path, value]) =>
    got.get(path) === value ? [] : [`${key} ${path}: ${String(got.get(path))}, expected ${String(value)}`],
  );
}

/** `{ open: { total: 3 } }` as `open.total` → 3. */
function leavesOf(value: object, path = ''): Map<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([name, inner]: [string, unknown]): [string, unknown][] => {
      if (name === 'key' || name === 'name') return [];
      if (typeof inner !== 'object' || inner === null) return [[path + name, inner]];
      return [...leavesOf(inner, `${path}${name}.`)];
    }),
  );
}

/** Reports to ask for: every view of the whole time, some of now, of single months, years and odd spans. */
function viewsOf({ catalogue }: History, { asOf }: Records, random: Random): ReportQuery[] {
  const today = dayOf(asOf);
  const agencies = catalogue.agencies.map(({ id }) => id);
  const procedures = catalogue.procedures.map(({ code }) => code);
  const domains = [...new Set(catalogue.procedures.map(({ domain }) => domain))];
  const channels = ['counter', 'online', 'post'] as const;
  const by = ['agency', 'procedure', 'domain', 'channel'] as const;
  const one = <T>(list: readonly T[]): T | undefined => list[random(list.length)];
  const views: Omit<ReportQuery, 'from' | 'to'>[] = [
    {},
    { by: 'agency' },
    { by: 'agency', flat: true },
    ...agencies.flatMap((agency) => [
      { by: 'agency' as const, agency },
      { by: 'agency' as const, agency, flat: true },
      { by: one(by), agency, channel: one(channels) },
    ]),
    ...by.map((key) => ({ by: key })),
    ...procedures.map((procedure) => ({ by: one(by), procedure })),
    ...domains.map((domain) => ({ by: one(by), domain, agency: one(agencies) })),
    ...channels.map((channel) => ({ by: one(by), channel, procedure: one(procedures) })),
  ];
  const monthly = [{}, { agency: one(agencies) }, { procedure: one(procedures) }].map((filter) => ({
    ...filter,
    by: 'month' as const,
  }));
  const span = (from: number, to: number) => ({ from: formatDay(from), to: formatDay(to) });
  const start2018 = 17_532;
  const whole = span(start2018, today);
  const around = span(today - 4, today + 40);
  const somewhere = (): { from: string; to: string } => {
    const from = start2018 + random(today - start2018);
    return span(from, from + random(120));
  };
  const month = (): { from: string; to: string } => {
    const year = 2018 + random(8);
    const first = new Date(Date.UTC(year, random(12), 1));
    const next = new Date(Date.UTC(year, first.getUTCMonth() + 1, 0));
    return { from: first.toISOString().slice(0, 10), to: next.toISOString().slice(0, 10) };
  };
  const others = [
    span(today, today),
    span(today - 1, today - 1),
    span(today - 60, today),
    month(),
    month(),
    month(),
  ];
  return [
    ...[...views, ...monthly].map((view) => ({ ...whole, ...view })),
    ...aFew(views, 24, random).map((view) => ({ ...around, ...view })),
    ...[...others, somewhere(), somewhere()].flatMap((period) =>
      aFew([...views, ...monthly], 4, random).map((view) => ({ ...period, ...view })),
    ),
  ];
}

type Random = (below: number) => number;

const aFew = <T>(list: readonly T[], count: number, random: Random): T[] =>
  list
    .map((value) => ({ value, place: random(1e9) }))
    .toSorted((left, right) => left.place - right.place)
    .slice(0, count)
    .map(({ value }) => value);

/** Runs `work` over the items, a few at a time. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
}

function report(differences: readonly string[], what: string): void {
  if (differences.length === 0) return;
  const shown = differences.slice(0, SHOWN).join('\n');
  throw new Error(`${differences.length} ${what} differ, given and expected; the first:\n${shown}`);
}
