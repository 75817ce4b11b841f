import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { request } from 'node:http';
import { EVENTS_TOPIC, type Problem } from '#libs/contracts';
import { EventLog, EventLogModule } from '#libs/event-log';
import { createLogger, PlatformModule, ProblemFilter, readConfig } from '#libs/platform';
import { StoreModule } from '#libs/store';
import { everythingIn, openTestDatabase, type TestDatabase } from '#libs/testing';
import { acceptReplays } from './accept-replays.js';
import type { QuarantineItem } from './quarantine.js';
import { ReportingModule } from '../reporting.module.js';

jest.setTimeout(60_000);

const config = readConfig(0, { LOG_LEVEL: 'silent' });
const JSON_TYPE = { 'content-type': 'application/json' };

describe('POST /v1/quarantine/{id}/replay', () => {
  let test: TestDatabase;
  let app: NestFastifyApplication;
  let base: URL;

  beforeAll(async () => {
    test = await openTestDatabase(4);
    const logger = createLogger('spec', config);
    const testing = await Test.createTestingModule({
      imports: [
        PlatformModule.forProcess({ config, databaseUrl: test.url, logger }),
        StoreModule,
        EventLogModule.forTopics([EVENTS_TOPIC]),
        ReportingModule,
      ],
    }).compile();
    app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    acceptReplays(app.getHttpAdapter().getInstance());
    app.useGlobalFilters(new ProblemFilter(logger));
    await app.listen(0, '127.0.0.1');
    base = new URL(await app.getUrl());
  });
  afterAll(async () => {
    await app?.close();
    await test?.close();
  });

  async function quarantine(text: string): Promise<number> {
    const [row] = await test.database.query<{ id: string }[]>(
      `insert into processing.quarantine
              (recorded_at, topic, partition, position, key, value, headers, reason, errors)
       values (now(), $1, 0, 0, 'key', convert_to($2, 'UTF8'), '{}', 'unknown-agency', '[]') returning id`,
      [EVENTS_TOPIC, text],
    );
    return Number(row?.id);
  }

  /** By hand, byte for byte: `fetch` would mend or refuse some of these requests. */
  function replay(id: number | string, headers: Record<string, string>, ...chunks: (string | Buffer)[]) {
    return new Promise<{ status: number; body: Problem & QuarantineItem }>((resolve, reject) => {
      const path = id === '' ? '/v1/quarantine/replay' : `/v1/quarantine/${id}/replay`;
      const sent = request({ ...{ host: base.hostname, port: base.port, method: 'POST', path }, headers });
      sent.on('error', reject);
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Problem & QuarantineItem }),
        );
      });
      for (const chunk of chunks) sent.write(chunk);
      sent.end();
    });
  }

  const EMPTY = { 'content-length': '0' };
  it.each<[string, Record<string, string>, string[]]>([
    ['neither media type nor body', EMPTY, []],
    ['JSON announced and none sent', { ...JSON_TYPE, ...EMPTY }, []],
    ['JSON announced and none sent, in chunks', { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, []],
    ['a form announced and none sent', { 'content-type': 'application/x-www-form-urlencoded', ...EMPTY }, []],
    ['a media type that is none', { 'content-type': 'rubbish', ...EMPTY }, []],
    ['an empty object', JSON_TYPE, ['{}']],
    ['an object with nothing that is known', JSON_TYPE, ['{"why":', '"agency added","__proto__":1}']],
    ['a reason', JSON_TYPE, ['{"reason":"thêm cơ quan"}']],
    ['a reason of 500 characters', JSON_TYPE, [JSON.stringify({ reason: 'x'.repeat(500) })]],
  ])('takes %s', async (what, headers, body) => {
    const id = await quarantine(what);
    const { status, body: item } = await replay(id, headers, ...body);
    expect([status, item.id, item.text]).toEqual([202, id, what]);
    expect(item.replayedAt).not.toBeNull();
    const sent = await everythingIn(app.get(EventLog), EVENTS_TOPIC);
    expect(sent.filter(({ value }) => value === what)).toHaveLength(1);
    expect((await replay(id, headers, ...body)).status).toBe(400);
  });

  it.each<[string, Record<string, string>, string | Buffer, number]>([
    ['half an object', JSON_TYPE, '{', 400],
    ['an array', JSON_TYPE, '[]', 400],
    ['null', JSON_TYPE, 'null', 400],
    ['white space', JSON_TYPE, ' ', 400],
    ['an empty reason', JSON_TYPE, '{"reason":""}', 400],
    ['a reason of 501 characters', JSON_TYPE, JSON.stringify({ reason: 'x'.repeat(501) }), 400],
    ['a reason that is no text', JSON_TYPE, '{"reason":7}', 400],
    ['Latin-1', JSON_TYPE, Buffer.from('{"x":"é"}', 'latin1'), 400],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'x=1', 415],
    ['a body without a media type', {}, '{}', 415],
    ['too much', JSON_TYPE, ' '.repeat(10 * 1024 * 1024 + 1), 413],
  ])('refuses %s, and replays nothing', async (what, headers, body, expected) => {
    const id = await quarantine(`not ${what}`);
    const { status, body: problem } = await replay(id, headers, body);
    expect([status, problem.status]).toEqual([expected, expected]);
    if (expected === 400) expect(problem.errors).toHaveLength(1);
    expect((await replay(id, EMPTY)).status).toBe(202);
  });

  it('keeps the reason with it', async () => {
    const id = await quarantine('reasoned');
    await replay(id, JSON_TYPE, JSON.stringify({ reason: 'catalogue mended' }));
    const response = await fetch(new URL(`/v1/quarantine/${id}`, base));
    expect(await response.json()).toMatchObject({ id, replayReason: 'catalogue mended' });
  });

  it('knows only what is in the quarantine', async () => {
    expect((await replay(999_999, EMPTY)).status).toBe(404);
    expect((await replay('x', { ...JSON_TYPE, ...EMPTY })).status).toBe(404);
  });

  describe('of all that match a filter', () => {
    const replayAll = (body: string, headers: Record<string, string> = JSON_TYPE) =>
      replay('', headers, body);

    it('needs a filter and a reason', async () => {
      const { status, body } = await replayAll('{}');
      expect([status, body.errors?.map(({ pointer, code }) => [pointer, code])]).toEqual([
        400,
        [
          ['/filter', 'missing'],
          ['/reason', 'missing'],
        ],
      ]);
      expect((await replayAll('')).status).toBe(400);
    });

    it.each([
      ['an unknown member', { filter: { agency: 'A' }, reason: 'x' }, '/filter/agency'],
      ['an unknown reason', { filter: { reason: 'rubbish' }, reason: 'x' }, '/filter/reason'],
      ['a day that is none', { filter: { from: '2026-02-30' }, reason: 'x' }, '/filter/from'],
      ['a cursor of others', { filter: {}, reason: 'x', cursor: '1' }, '/cursor'],
      ['white space for a reason', { filter: {}, reason: ' ' }, '/reason'],
    ])('refuses %s', async (_what, said, pointer) => {
      const { status, body } = await replayAll(JSON.stringify(said));
      expect([status, body.errors?.map((fault) => fault.pointer)]).toEqual([400, [pointer]]);
    });

    it('says how far it came', async () => {
      await quarantine('one of all');
      const { status, body } = await replayAll('{"filter":{"reason":"unknown-agency"},"reason":"mended"}');
      expect([status, body]).toMatchObject([202, { unfit: 0, remaining: 0, next: null }]);
      const { status: again, body: nothing } = await replayAll('{"filter":{},"reason":"mended"}');
      expect([again, nothing]).toEqual([202, { replayed: 0, unfit: 0, remaining: 0, next: null }]);
    });
  });
});
