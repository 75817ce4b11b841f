import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chainAt,
  type CloudEventJson,
  dayOf,
  formatDay,
  formatInstant,
  fullType,
  pollUntil,
  type ShortType,
  type Standalone,
  startStandalone,
} from '#libs/testing';

/** What time alone brings, heard on the live stream. */

jest.setTimeout(60_000);

const SETTLE_SECONDS = 2;

interface Heard {
  id: number | null;
  kind: string;
  data: Record<string, unknown>;
  at: number;
}

/** A reader of the live stream. */
class Reader {
  readonly heard: Heard[] = [];
  private readonly leaving = new AbortController();

  constructor(url: string, { agency, after }: { agency?: string; after?: number } = {}) {
    void this.read(
      `${url}/v1/stream${agency === undefined ? '' : `?agency=${agency}`}`,
      after === undefined ? {} : { 'last-event-id': String(after) },
    ).catch((error: unknown) => {
      if (!this.leaving.signal.aborted)
        this.heard.push({ id: null, kind: 'lost', data: { error: String(error) }, at: 0 });
    });
  }

  private async read(url: string, headers: Record<string, string>): Promise<void> {
    const response = await fetch(url, { headers, signal: this.leaving.signal });
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const [id, kind, data] = [field('id'), field('event'), field('data')];
    if (kind === undefined || data === undefined) return;
    this.heard.push({
      ...{ id: id === undefined ? null : Number(id), kind, at: Date.now() },
      data: JSON.parse(data) as Record<string, unknown>,
    });
  }

  of(code: string): Heard[] {
    return this.heard.filter(({ data }) => data['code'] === code);
  }

  kinds = (code: string): string[] => this.of(code).map(({ kind }) => kind);

  /** Everything there was when it began has come: the first totals follow it. */
  caughtUp = (): Promise<void> =>
    pollUntil('totals', 15_000, () => Promise.resolve(this.heard.some(({ kind }) => kind === 'totals')), 5);

  until = (code: string, kind: string, withinMs = 15_000): Promise<void> =>
    pollUntil(`${kind} of ${code}`, withinMs, () => Promise.resolve(this.kinds(code).includes(kind)), 5);

  close(): void {
    this.leaving.abort();
  }
}

describe('the live stream', () => {
  let dataDir: string;
  let standalone: Standalone | undefined;
  let readers: Reader[] = [];
  let made = 0;

  const start = async () => {
    standalone = await startStandalone({
      env: { DUNGHAN_DATA_DIR: dataDir, ANNOUNCE_SETTLE_SECONDS: String(SETTLE_SECONDS) },
    });
    return standalone;
  };
  const url = () => standalone?.url ?? '';
  const listen = (options?: { agency?: string; after?: number }): Reader => {
    const reader = new Reader(url(), options);
    readers.push(reader);
    return reader;
  };
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'dunghan-clock-'));
    await start();
    const chain = chainAt(url());
    await chain.putAgencies([
      { id: 'T', name: 'Tỉnh', kind: 'province' },
      { id: 'T.A', name: 'Huyện A', kind: 'district', parent: 'T' },
      { id: 'T.A.1', name: 'Xã 1', kind: 'commune', parent: 'T.A' },
      { id: 'T.B', name: 'Huyện B', kind: 'district', parent: 'T' },
    ]);
    await chain.putProcedures([{ code: 'P', name: 'P', domain: 'd', limits: [] }]);
  }, 90_000);
  afterEach(() => {
    for (const reader of readers) reader.close();
    readers = [];
  });
  afterAll(async () => {
    await standalone?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 30_000);

  const event = (
    type: ShortType,
    code: string,
    time: number,
    data?: CloudEventJson['data'],
  ): CloudEventJson => ({
    ...{ specversion: '1.0', source: 'urn:spec', id: `e${(made += 1)}`, type: fullType(type), subject: code },
    time: formatInstant(time),
    ...(data && { data }),
  });
  /** A dossier due at an instant: its limit is in working hours. */
  const dueAt = (code: string, due: number, agency = 'T.A.1'): CloudEventJson =>
    event('accepted', code, Math.min(due, Date.now()) - 60_000, {
      ...{ procedure: 'P', receivingAgency: agency, channel: 'counter', dueAt: formatInstant(due) },
      limit: { amount: 4, unit: 'working-hours' },
    });
  const post = (...events: CloudEventJson[]) => chainAt(url()).post(events);

  it('tells of an overdue dossier within a second of the instant, though nothing else happens', async () => {
    const reader = listen();
    await reader.caughtUp();
    const delays: number[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      const due = Date.now() + 1_500;
      await post(dueAt(`punctual-${nth}`, due));
      await reader.until(`punctual-${nth}`, 'overdue');
      const overdue = reader.of(`punctual-${nth}`).find(({ kind }) => kind === 'overdue');
      expect(overdue?.data).toMatchObject({
        state: 'running',
        timeliness: 'overdue',
        dueAt: formatInstant(due),
      });
      delays.push((overdue?.at ?? Infinity) - due);
    }
    // The first millisecond after the deadline is the earliest; the median, for the machine may be busy.
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(1);
    expect(delays.sort((a, b) => a - b)[1]).toBeLessThan(1_000);
    expect(reader.kinds('punctual-0').filter((kind) => kind === 'overdue')).toHaveLength(1);
  });

  it('withdraws it when a late resolution undoes it, and tells of the resolution', async () => {
    const reader = listen();
    const due = Date.now() + 1_000;
    await post(dueAt('undone', due));
    await reader.until('undone', 'overdue');
    await post(event('resolved', 'undone', due - 500));
    await reader.until('undone', 'overdue-withdrawn');
    await reader.until('undone', 'resolved');
    expect(reader.of('undone').at(-1)?.data).toMatchObject({ state: 'resolved' });
    const years = event('resolved', 'years ago', Date.UTC(2020, 1, 3));
    await post({ ...dueAt('years ago', Date.now()), time: '2020-01-02T08:00:00+07:00' }, years);
    await post(event('resolved', 'punctual-0', Date.now()));
    await reader.until('punctual-0', 'resolved');
    expect(reader.kinds('years ago')).toEqual([]);
  });

  it('tells after a restart what came due meanwhile, once', async () => {
    const reader = listen();
    await reader.caughtUp();
    const due = Date.now() + 700;
    await post(dueAt('restarted', due), dueAt('killed', due));
    await chainAt(url()).caughtUp();
    const last = Math.max(0, ...reader.heard.map(({ id }) => id ?? 0));
    await standalone?.stop();
    await pollUntil('the instant to pass', 10_000, () => Promise.resolve(Date.now() > due + 500));
    await start();
    const later = listen({ after: last });
    await later.until('restarted', 'overdue');
    await later.until('killed', 'overdue');
    standalone?.kill();
    await start();
    const again = listen({ after: last });
    await again.caughtUp();
    for (const code of ['restarted', 'killed']) expect(again.kinds(code)).toEqual(['overdue']);
  });

  it('does not cry wolf over a backfill: only after silence about the dossier', async () => {
    const reader = listen();
    await reader.caughtUp();
    const past = Date.UTC(2026, 2, 3, 4);
    const news: { sent: number; applied: number }[] = [];
    const tell = async (...events: CloudEventJson[]) => {
      const sent = Date.now();
      await post(...events);
      await chainAt(url()).caughtUp();
      news.push({ sent, applied: Date.now() });
    };
    await post(dueAt('backfilled', past), dueAt('closed by backfill', past));
    await tell(event('resolved', 'closed by backfill', past - 60_000));
    const began = Date.now();
    await pollUntil(
      'some time of news',
      15_000,
      async () => {
        await tell(event('rated', 'backfilled', past + 1_000 + made, { score: 3 }));
        return Date.now() > began + SETTLE_SECONDS * 1_500;
      },
      300,
    );
    await reader.until('backfilled', 'overdue');
    // The silence is the one after the last news, unless the machine was so slow that there was one before.
    const at = reader.of('backfilled')[0]?.at ?? 0;
    const silences = news.filter(
      ({ sent }, nth) => (news[nth + 1]?.applied ?? Infinity) >= sent + SETTLE_SECONDS * 1_000,
    );
    expect(at).toBeGreaterThanOrEqual((silences[0]?.sent ?? Infinity) + SETTLE_SECONDS * 1_000);
    expect(reader.kinds('closed by backfill')).toEqual([]);
    expect(reader.kinds('backfilled')).toEqual(['overdue']);
  });

  it('sends the totals of today, at most one a second, and new ones when figures change', async () => {
    const reader = listen();
    await reader.caughtUp();
    const today = formatDay(dayOf(Date.now()));
    for (let nth = 0; nth < 12; nth += 1) {
      await post(
        event('accepted', `total-${nth}`, Date.now() - 1_000, {
          procedure: 'P',
          receivingAgency: 'T.B',
          channel: 'online',
        }),
      );
    }
    await chainAt(url()).caughtUp();
    const report = (await (
      await fetch(`${url()}/v1/reports/timeliness?from=${today}&to=${today}`)
    ).json()) as { total: Record<string, unknown> };
    const totals = () => reader.heard.filter(({ kind }) => kind === 'totals');
    await pollUntil('the newest totals', 15_000, () =>
      Promise.resolve(JSON.stringify(totals().at(-1)?.data) === JSON.stringify(report.total)),
    );
    for (const [nth, { at }] of totals().entries()) {
      // Their spacing at the sender; on the way it may shrink a little.
      if (nth > 1) expect(at - (totals()[nth - 1]?.at ?? 0)).toBeGreaterThan(700);
    }
  });

  it('goes on exactly where a reader left off', async () => {
    const whole = listen({ after: 0 });
    await whole.caughtUp();
    const all = whole.heard.filter(({ id }) => id !== null);
    expect(all.length).toBeGreaterThan(8);
    const ids = all.map(({ id }) => id ?? 0);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    for (const place of [0, Math.floor(ids.length / 2), ids.length - 1]) {
      const rest = listen({ after: ids[place] ?? 0 });
      await rest.caughtUp();
      const told = rest.heard.filter(({ id }) => id !== null);
      expect(told.map(({ id, kind }) => [id, kind])).toEqual(
        all.slice(place + 1).map(({ id, kind }) => [id, kind]),
      );
    }
    const bad = await fetch(`${url()}/v1/stream`, { headers: { 'last-event-id': 'x' } });
    expect(bad.status).toBe(400);
  });

  it('tells of an agency’s subtree only', async () => {
    const [above, within, beside] = [
      listen({ agency: 'T' }),
      listen({ agency: 'T.A' }),
      listen({ agency: 'T.B' }),
    ];
    await Promise.all([above.caughtUp(), within.caughtUp(), beside.caughtUp()]);
    const due = Date.now() + 600;
    await post(dueAt('in A', due, 'T.A.1'), dueAt('in B', due, 'T.B'));
    await above.until('in A', 'overdue');
    await above.until('in B', 'overdue');
    await within.until('in A', 'overdue');
    await beside.until('in B', 'overdue');
    expect(within.of('in B')).toEqual([]);
    expect(beside.of('in A')).toEqual([]);
    expect(await chainAt(url()).status('/v1/stream?agency=nobody')).toBe(400);
  });
});
