import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  type AgencyDoc,
  type CalendarDoc,
  type CalendarEdit,
  type Fault,
  FaultsError,
  type Problem,
  type ProcedureDoc,
} from '#libs/contracts';
import { EventLog, type LogMessage } from '#libs/event-log';
import { ProblemFilter, refuseOtherMethods } from '#libs/platform';
import { CatalogueStore } from '#libs/store';
import { AppendQueue } from './append-queue.js';
import { acceptCloudEvents } from './accept-bodies.js';
import { IntakeModule } from './intake.module.js';

/** Stand-ins at the edge of the process: a log and a catalogue in memory. */
const log = {
  appends: [] as LogMessage[][],
  /** Set to make appends wait, or fail. */
  gate: () => Promise.resolve(),
  async append(_topic: string, messages: readonly LogMessage[]): Promise<void> {
    await this.gate();
    this.appends.push([...messages]);
  },
};
const catalogue = {
  agencies: new Map<string, AgencyDoc>(),
  procedures: new Map<string, ProcedureDoc>(),
  calendars: new Map<string, CalendarDoc>(),
  hasAgency: (id: string) => catalogue.agencies.has(id),
  hasProcedure: (code: string) => catalogue.procedures.has(code),
};
const store = {
  current: () => Promise.resolve(catalogue),
  putAgencies(
    list: AgencyDoc[],
    validate: (existing: typeof catalogue.agencies) => Fault[],
  ): Promise<number> {
    const faults = validate(catalogue.agencies);
    if (faults.length > 0) return Promise.reject(new FaultsError(faults));
    for (const agency of list) catalogue.agencies.set(agency.id, agency);
    return Promise.resolve(list.length);
  },
  putProcedures(list: ProcedureDoc[]): Promise<number> {
    for (const procedure of list) catalogue.procedures.set(procedure.code, procedure);
    return Promise.resolve(list.length);
  },
  putCalendar(id: string, edit: CalendarEdit): Promise<number> {
    catalogue.calendars.set(id, { sessions: edit.sessions ?? [], days: [] });
    return Promise.resolve(edit.days?.length ?? 0);
  },
};

let app: NestFastifyApplication;
let base: string;
const logged: unknown[] = [];

beforeAll(async () => {
  const testing = await Test.createTestingModule({ imports: [IntakeModule] })
    .useMocker((token) => (token === EventLog ? log : token === CatalogueStore ? store : undefined))
    .compile();
  app = testing.createNestApplication<NestFastifyApplication>(
    new FastifyAdapter({ bodyLimit: 10 * 1024 * 1024 }),
    { logger: false },
  );
  refuseOtherMethods(app.getHttpAdapter().getInstance());
  acceptCloudEvents(app.getHttpAdapter().getInstance());
  app.useGlobalFilters(new ProblemFilter({ error: (context: object) => void logged.push(context) }));
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
});
afterAll(() => app.close());

beforeEach(() => {
  log.appends = [];
  log.gate = () => Promise.resolve();
  logged.length = 0;
  catalogue.agencies = new Map([['H13', { id: 'H13', name: 'Cần Thơ', kind: 'province' as const }]]);
  catalogue.procedures = new Map([['1.000123', { code: '1.000123', name: 'x', domain: 'y', limits: [] }]]);
  catalogue.calendars = new Map();
});

const SINGLE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const event = (more: object = {}) => ({
  specversion: '1.0',
  source: 'urn:vn:cantho:motcua',
  id: 'e-1',
  type: 'vn.tthc.dossier.submitted.v1',
  subject: 'H13-180105-0001',
  time: '2018-01-05T08:00:00+07:00',
  data: { procedure: '1.000123', receivingAgency: 'H13', channel: 'online', name: 'Nguyễn Văn A' },
  ...more,
});

async function send(
  method: 'POST' | 'PUT' | 'GET' | 'DELETE',
  url: string,
  payload?: unknown,
  headers: Record<string, string> = { 'content-type': SINGLE },
) {
  const raw = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  const response = await fetch(base + url, {
    method,
    headers,
    // As bytes, or fetch would name a media type of its own.
    ...(payload === undefined ? {} : { body: Uint8Array.from(Buffer.from(raw)) }),
  });
  const body = (await response.json()) as Problem & Record<string, unknown>;
  if (response.status >= 400) {
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body.status).toBe(response.status);
    expect(body.type).toMatch(/^urn:dunghan:problem:/);
    expect(body.instance).toBe(url.split('?')[0]);
  }
  return {
    status: response.status,
    headers: response.headers,
    body,
    places: body.errors?.map((fault) => `${fault.index} ${fault.pointer} ${fault.code}`),
  };
}
const post = (payload?: unknown, contentType = SINGLE) =>
  send('POST', '/v1/events', payload, { 'content-type': contentType });

describe('POST /v1/events', () => {
  it('takes one event and drops what nobody asked for', async () => {
    expect(await post(event())).toMatchObject({ status: 202, body: { accepted: 1 } });
    const message = log.appends[0]?.[0];
    expect(message?.key).toBe('urn:vn:cantho:motcua|H13-180105-0001');
    expect(message?.value).not.toContain('Nguyễn');
    expect(Math.abs(Number(message?.headers?.recordedat) - Date.now())).toBeLessThan(10_000);
  });

  it('hands on the trace of the request to every message, and nothing that is none', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const traced = (traceparent: string) =>
      send('POST', '/v1/events', [event(), event({ id: 'e-2' })], { 'content-type': BATCH, traceparent });
    expect(await traced(trace)).toMatchObject({ status: 202 });
    expect(log.appends[0]?.map(({ headers }) => headers?.['traceparent'])).toEqual([trace, trace]);
    expect(await traced('00-nonsense')).toMatchObject({ status: 202 });
    expect(Object.keys(log.appends[1]?.[0]?.headers ?? {})).toEqual(['recordedat']);
  });

  it('takes a batch whole, duplicates counted', async () => {
    const batch = [event(), event(), event({ id: 'e-2' })];
    expect(await post(batch, `${BATCH}; charset=UTF-8`)).toMatchObject({
      status: 202,
      body: { accepted: 3 },
    });
    expect(log.appends.map((messages) => messages.length)).toEqual([3]);
  });

  it('takes an empty batch for what it is', async () => {
    expect(await post([], BATCH)).toMatchObject({ status: 202, body: { accepted: 0 } });
  });

  it.each([
    ['text/plain'],
    ['application/json'],
    ['application/cloudevents+xml'],
    ['application/cloudevents+json; charset=utf-16'],
    ['rubbish'],
  ])('refuses the media type %s before looking at the body', async (type) => {
    expect((await post('{', type)).status).toBe(415);
  });

  it('refuses a body without a media type, and one that is packed', async () => {
    expect((await send('POST', '/v1/events', undefined, {})).status).toBe(415);
    const headers = { 'content-type': SINGLE, 'content-encoding': 'gzip' };
    expect((await send('POST', '/v1/events', event(), headers)).status).toBe(415);
  });

  it.each<[string, string | Buffer, string[]]>([
    ['nothing', '', ['0  not-json']],
    ['half an event', '{"specversion":', ['0  not-json']],
    ['another encoding', Buffer.from('"Đ"', 'utf16le'), ['0  not-json']],
    ['Latin-1', Buffer.from('"é"', 'latin1'), ['0  invalid-utf8']],
    ['an array', '[]', ['0  wrong-type']],
  ])('refuses %s', async (_, body, places) => {
    expect(await post(body)).toMatchObject({ status: 400, places });
  });

  it('refuses an object as a batch', async () => {
    expect(await post(event(), BATCH)).toMatchObject({ status: 400, places: ['0  wrong-type'] });
  });

  it('names every fault of every event, and takes nothing', async () => {
    const unknown = event({ data: { procedure: '?', receivingAgency: '??', channel: 'post' } });
    const batch = [event(), unknown, 7, event({ time: 'now' }), event({ time: '9000-01-01T00:00:00Z' })];
    expect(await post(batch, BATCH)).toMatchObject({
      status: 400,
      body: { type: 'urn:dunghan:problem:malformed' },
      places: [
        '1 /data/receivingAgency unknown-agency',
        '1 /data/procedure unknown-procedure',
        '2  wrong-type',
        '3 /time bad-instant',
        '4 /time time-in-future',
      ],
    });
    expect(log.appends).toEqual([]);
  });

  it('answers 422 where the form is right', async () => {
    const unknown = event({ data: { procedure: '?', receivingAgency: 'H13', channel: 'post' } });
    expect(await post([event(), unknown], BATCH)).toMatchObject({
      status: 422,
      places: ['1 /data/procedure unknown-procedure'],
    });
    const soon = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    expect(await post(event({ time: soon(6) }))).toMatchObject({
      status: 422,
      places: ['0 /time time-in-future'],
    });
    expect((await post(event({ time: soon(4) }))).status).toBe(202);
  });

  it('refuses more than 5,000 events and more than 10 MB', async () => {
    const body = (count: number) => JSON.stringify(Array.from({ length: count }, () => event()));
    expect((await post(body(5_000), BATCH)).body.accepted).toBe(5_000);
    expect((await post(body(5_001), BATCH)).status).toBe(413);
    const limit = 10 * 1024 * 1024;
    const padded = (size: number) => JSON.stringify(event()).padEnd(size);
    expect((await post(padded(limit - 200))).status).toBe(202);
    expect((await post(padded(limit + 1))).status).toBe(413);
    expect((await post('x'.repeat(limit + 1))).status).toBe(413);
  }, 30_000);

  it('survives a body full of faults', async () => {
    const many = await post(JSON.stringify(Array.from({ length: 5_000 }, () => ({ x: {} }))), BATCH);
    expect(many.status).toBe(400);
    expect(many.body.errors).toHaveLength(5_000 * 7);
  });

  it('speaks Vietnamese when asked to', async () => {
    const headers = { 'content-type': 'text/plain', 'accept-language': 'vi-VN,vi;q=0.9,en;q=0.5' };
    expect((await send('POST', '/v1/events', 'x', headers)).body.title).toBe(
      'Kiểu nội dung không được hỗ trợ',
    );
  });

  it('appends together what waits together, each request whole', async () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    log.gate = () => opened;
    const first = post(event({ id: 'first' }));
    const others = Array.from({ length: 20 }, (_, i) =>
      post([event({ id: `a${i}` }), event({ id: `b${i}` })], BATCH),
    );
    const queue = app.get(AppendQueue);
    while (queue.length < 20) await new Promise((resolve) => setImmediate(resolve));
    open();
    const answers = await Promise.all([first, ...others]);
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(log.appends.flat()).toHaveLength(41);
    expect(log.appends.length).toBe(2);
    const order = log.appends.flat().map(({ value }) => (JSON.parse(value) as { id: string }).id);
    for (let i = 0; i < 20; i++) expect(order.indexOf(`b${i}`)).toBe(order.indexOf(`a${i}`) + 1);
  });

  it.each([
    ['there is no server', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['the server is starting', Object.assign(new Error('starting up'), { code: '57P03' })],
    ['the server ends in the middle', new Error('Connection terminated unexpectedly')],
  ])('answers 503 while the log cannot be reached because %s, and goes on afterwards', async (_, fault) => {
    log.gate = () => Promise.reject(fault);
    expect((await post(event())).status).toBe(503);
    log.gate = () => Promise.resolve();
    expect((await post(event())).status).toBe(202);
  });

  it('keeps an unknown error to itself', async () => {
    log.gate = () => Promise.reject(new Error('secret'));
    const { status, body } = await post(event());
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(logged).toHaveLength(1);
  });
});

describe('other addresses', () => {
  it('are problems, too', async () => {
    expect((await send('GET', '/v1/nothing')).status).toBe(404);
    expect((await send('DELETE', '/v1/nothing?x=1')).status).toBe(404);
  });

  it.each<['POST' | 'PUT' | 'GET' | 'DELETE', string, string]>([
    ['GET', '/v1/events', 'POST'],
    ['DELETE', '/v1/events?x=1', 'POST'],
    ['PUT', '/v1/%65vents', 'POST'],
    ['POST', '/v1/catalogue/agencies', 'GET, HEAD, PUT'],
    ['DELETE', '/v1/catalogue/calendars/x%2Fy', 'GET, HEAD, PUT'],
  ])('say which methods they take: %s %s', async (method, url, allowed) => {
    const answer = await send(method, url, method === 'GET' ? undefined : '{', { 'content-type': 'rubbish' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed]);
    expect(answer.body.detail).toContain(allowed);
  });

  it('are unknown one segment deeper or with nothing in the last', async () => {
    for (const path of ['/v1/events/1', '/v1/events/', '/v1/catalogue/calendars/', '/v1/catalogue', '/']) {
      expect([path, (await send('DELETE', path, undefined, {})).status]).toEqual([path, 404]);
    }
  });

  it('leave HEAD and OPTIONS as they are', async () => {
    const status = async (method: string, path: string) => (await fetch(base + path, { method })).status;
    expect(await status('HEAD', '/v1/catalogue/agencies')).toBe(200);
    expect(await status('HEAD', '/v1/events')).toBe(404);
    expect(await status('OPTIONS', '/v1/events')).toBe(404);
  });
});

describe('the catalogue', () => {
  const JSON_TYPE = { 'content-type': 'application/json' };
  const put = (path: string, body: unknown, headers = JSON_TYPE) =>
    send('PUT', `/v1/catalogue/${path}`, body, headers);
  const get = async (path: string) => (await send('GET', `/v1/catalogue/${path}`, undefined, {})).body;
  const agency = (id: string, parent?: string) => ({
    id,
    name: id,
    kind: 'office',
    ...(parent && { parent }),
  });

  it('takes agencies and gives them back', async () => {
    const body = { agencies: [agency('H13.1', 'H13'), agency('H13.1.1', 'H13.1')] };
    expect(await put('agencies', body)).toMatchObject({ status: 200, body: { upserted: 2 } });
    const all = await get('agencies');
    expect(all).toEqual({ agencies: [...catalogue.agencies.values()] });
    expect((await put('agencies', all)).status).toBe(200);
  });

  it('refuses unknown parents and circles by 422, malformed lists by 400 with all that is wrong', async () => {
    expect(
      await put('agencies', { agencies: [agency('a', 'b'), agency('b', 'a'), agency('c', '?')] }),
    ).toMatchObject({
      status: 422,
      places: [
        '0 /agencies/0/parent circular-parent',
        '1 /agencies/1/parent circular-parent',
        '2 /agencies/2/parent unknown-agency',
      ],
    });
    expect(await put('agencies', { agencies: [agency('a', '?'), { id: 'b' }] })).toMatchObject({
      status: 400,
      places: [
        '1 /agencies/1/name missing',
        '1 /agencies/1/kind missing',
        '0 /agencies/0/parent unknown-agency',
      ],
    });
    expect(catalogue.agencies.size).toBe(1);
  });

  it('takes procedures and gives them back', async () => {
    const limits = [{ statutory: { amount: 5, unit: 'working-days' }, validFrom: '2018-01-01' }];
    const body = { procedures: [{ code: 'p', name: 'p', domain: 'd', limits }] };
    expect(await put('procedures', body)).toMatchObject({ status: 200, body: { upserted: 1 } });
    expect((await get('procedures')).procedures).toContainEqual(body.procedures[0]);
    const bad = {
      procedures: [{ ...body.procedures[0], limits: [{ statutory: { amount: 1.5, unit: 'months' } }] }],
    };
    expect(await put('procedures', bad)).toMatchObject({
      status: 400,
      places: ['0 /procedures/0/limits/0/statutory/amount out-of-range'],
    });
  });

  it('takes a calendar and gives it back', async () => {
    const body = { sessions: [['07:00', '11:00']], days: [{ on: '2018-02-14', kind: 'off', reason: 'Tết' }] };
    expect(await put('calendars/default', body)).toMatchObject({ status: 200, body: { upserted: 1 } });
    expect((await get('calendars/default')).sessions).toEqual(body.sessions);
    expect((await send('GET', '/v1/catalogue/calendars/other', undefined, {})).status).toBe(404);
    expect((await put('calendars/x%00y', body)).status).toBe(400);
  });

  it.each<[string, string | Buffer, Record<string, string>, number]>([
    ['not JSON', '{', JSON_TYPE, 400],
    ['Latin-1', Buffer.from('{"agencies":[],"x":"é"}', 'latin1'), JSON_TYPE, 400],
    ['a poisoned prototype', '{"agencies":[],"__proto__":{}}', JSON_TYPE, 400],
    ['nothing', '', JSON_TYPE, 400],
    ['text', '{}', { 'content-type': 'text/plain' }, 415],
    ['no media type', '', {}, 415],
    ['too much', ' '.repeat(10 * 1024 * 1024 + 1), JSON_TYPE, 413],
  ])('refuses %s', async (_, body, headers, status) => {
    expect((await send('PUT', '/v1/catalogue/agencies', body, headers)).status).toBe(status);
  });
});
