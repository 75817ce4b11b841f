import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { type Chain, chainAt, pollUntil, type Standalone, startStandalone } from '#libs/testing';
import {
  expectNamed,
  expectRestated,
  type Issued,
  ISSUED,
  MARCH,
  MARCH_EVENTS,
  putMarchCatalogue,
  type Restatements,
  TOLD_LATER,
  type Verification,
} from './issued-march.js';
import { axeSource, type Browser, findChromium, openChromium } from './chromium.js';

/**
 * A correction that arrives after a report was issued changes the live figure, leaves the issued one verifiable, and
 * shows in the list of restatements with its cause: over HTTP, and as a leader sees it who has only a keyboard.
 */
jest.setTimeout(120_000);

const year = new Date(Date.now() + 7 * 3_600_000).getUTCFullYear();

interface Problem {
  status: number;
  type: string;
  errors?: { pointer: string }[];
}

let standalone: Standalone;
let chain: Chain;

beforeAll(async () => {
  standalone = await startStandalone();
  chain = chainAt(standalone.url);
  await putMarchCatalogue(chain);
  await chain.post(MARCH_EVENTS);
  await chain.caughtUp();
}, 120_000);
afterAll(() => standalone?.stop(), 30_000);

const call = async <T>(path: string, init?: RequestInit) => {
  const response = await fetch(`${standalone.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as T };
};
const post = <T>(path: string, body: unknown, headers: Record<string, string> = {}) =>
  call<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('a report that was issued', () => {
  let issued: Issued;
  let text: string;

  it('is issued once, however often the request is sent, and is the same to the byte for good', async () => {
    const key = { 'idempotency-key': 'thang-3' };
    const first = await post<Issued>(ISSUED, MARCH, key);
    expect(first.status).toBe(201);
    ({ body: issued, text } = first);
    expect(issued.number).toBe(`BC-${year}-0001`);
    expect(first.headers.get('location')).toBe(`${ISSUED}/${issued.number}`);
    expect(issued).toMatchObject({
      ...{ calendarVersion: 1, formula: { id: 'a', version: 1 } },
      report: {
        ...{ from: '2018-03-01', to: '2018-03-31', asOf: issued.asOf },
        total: {
          received: { total: 4 },
          resolved: { total: 3, early: 1, onTime: 1, late: 1 },
          open: { overdue: 1 },
        },
      },
    });
    const again = await Promise.all([1, 2, 3].map(() => post<Issued>(ISSUED, MARCH, key)));
    for (const { status, text: same } of again) expect([status, same]).toEqual([200, text]);

    const shown = await call<Issued>(`${ISSUED}/${issued.number}`);
    expect(shown.text).toBe(text);
    expect(shown.headers.get('etag')).toBe(`"${createHash('sha256').update(text).digest('hex')}"`);
    const list = await call<{ items: Issued[]; next: null }>(ISSUED);
    expect(list.body.items.map(({ number }) => number)).toEqual([issued.number]);
  });

  it('says what the live report says as of the same instant', async () => {
    const search = new URLSearchParams({ period: '2018-03', by: 'agency', agency: 'H13', asOf: issued.asOf });
    const live = (await call<Issued['report']>(`/v1/reports/timeliness?${search.toString()}`)).body;
    expect(live).toEqual(issued.report);
  });

  it('verifies, and nothing has been restated yet', async () => {
    const { body } = await call<Verification>(`${ISSUED}/${issued.number}/verify`);
    expect(body).toMatchObject({
      ...{ checksum: issued.checksum, stored: { matches: true }, organisation: { matches: true } },
      recomputed: { matches: true, checksum: issued.checksum, differences: { count: 0, items: [] } },
      since: { restated: false },
    });
  });

  it('stays, verifiable, when a correction comes; the live figure is another, and it is told why', async () => {
    await chain.post(TOLD_LATER);
    await chain.caughtUp();

    expect((await call(`${ISSUED}/${issued.number}`)).text).toBe(text);
    const { body } = await call<Verification>(`${ISSUED}/${issued.number}/verify`);
    expect(body.recomputed).toMatchObject({ matches: true, checksum: issued.checksum });
    expectRestated(body);
    const live = (await call<{ total: unknown }>(body.since.report)).body;
    expect(live.total).toMatchObject({ resolved: { total: 4, early: 1, onTime: 2, late: 1 } });

    const { items } = (await call<Restatements>(body.since.restatements)).body;
    expectNamed(items);
    const all = (await call<{ items: unknown[] }>(items[5]?.dossiers.all ?? '')).body.items;
    expect(all).toEqual(items[5]?.dossiers.items);
  });

  it('is issued anew to the letter as of the instant of the first', async () => {
    const { body } = await post<Issued>(ISSUED, { ...MARCH, asOf: issued.asOf });
    expect(body.number).not.toBe(issued.number);
    expect(body.report).toEqual(issued.report);
    expect(body.checksum).toBe(issued.checksum);
  });

  it('is withdrawn in sight; number and content stay', async () => {
    const { number } = (await post<Issued>(ISSUED, { kind: 'form-06a', period: '2018', bounds: 'reporting' }))
      .body;
    const before = (await call(`${ISSUED}/${number}`)).text;
    const reason = 'phát hành nhầm kỳ';
    const done = await post<{ withdrawn: { reason: string } }>(`${ISSUED}/${number}/withdraw`, { reason });
    expect([done.status, done.body.withdrawn.reason]).toEqual([200, reason]);
    const after = await call<Issued>(`${ISSUED}/${number}`);
    expect(after.text).toBe(before);
    expect(after.headers.get('dunghan-withdrawn')).not.toBeNull();
    const verified = (await call<Verification>(`${ISSUED}/${number}/verify`)).body;
    expect(verified).toMatchObject({ withdrawn: { reason }, recomputed: { matches: true } });
  });

  it.each<[string, unknown, Record<string, string>, number, string[] | undefined]>([
    ['no object', '[]', {}, 400, ['']],
    ['no JSON', '{', {}, 400, undefined],
    ['nothing', {}, {}, 400, ['/kind']],
    ['no period', { kind: 'timeliness' }, {}, 400, ['/from', '/to']],
    ['a month of the form', { kind: 'form-06a', period: '2018', by: 'month' }, {}, 400, ['/by']],
    ['a rate of the form', { kind: 'form-06a', period: '2018', formula: 'b' }, {}, 400, ['/formula']],
    ['what is not there', { ...MARCH, agency: 'X', period: '2018-13', by: 'day' }, {}, 400, ['/by']],
    ['unknown codes', { ...MARCH, agency: 'X', procedure: 'Y' }, {}, 400, ['/agency', '/procedure']],
    ['a key with a blank', MARCH, { 'idempotency-key': 'a b' }, 400, ['/Idempotency-Key']],
    [
      'a key of another question',
      { ...MARCH, formula: 'b' },
      { 'idempotency-key': 'thang-3' },
      409,
      undefined,
    ],
  ])('is not issued for %s', async (_, body, headers, status, pointers) => {
    const answer = await post<Problem>(ISSUED, body, headers);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, answer.body.errors?.map(({ pointer }) => pointer).sort()]).toEqual([
      status,
      pointers,
    ]);
  });

  it('is not found under another number', async () => {
    for (const path of ['BC-1999-0001', 'x', 'BC-1999-0001/verify', '%00'])
      expect((await call(`${ISSUED}/${path}`)).status).toBe(404);
    expect((await post(`${ISSUED}/BC-1999-0001/withdraw`, { reason: 'x' })).status).toBe(404);
    expect((await post(`${ISSUED}/BC-1999-0001/withdraw`, {})).status).toBe(400);
    expect((await call(`${ISSUED}/BC-1999-0001`, { method: 'DELETE' })).status).toBe(405);
  });
});

const chromium = findChromium();
if (chromium === null) {
  if (process.env.CI === 'true') throw new Error('Page tests need a Chromium: set CHROMIUM_PATH.');
  console.warn('SKIPPED: the page of reports: no Chromium found. Install one or set CHROMIUM_PATH.');
}

(chromium ? describe : describe.skip)('the page of reports, by keyboard alone', () => {
  let browser: Browser | undefined;
  let page: Page;
  let axe: string;
  let issuedHref = '';
  const errors: string[] = [];

  beforeAll(async () => {
    axe = await axeSource();
    browser = await openChromium(chromium ?? '');
    page = await browser.context.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
  }, 60_000);
  afterAll(() => browser?.close());

  it('leads from the overview to a preview of a reporting period, whose choices are in the address', async () => {
    await open('/');
    await tabTo('Báo cáo');
    await page.keyboard.press('Enter');
    await seen('h1', 'Báo cáo');
    await choose('loai', 'Tình hình');
    await choose('donvi', 'Thành phố Cần Thơ');
    await choose('ky', 'Quý I');
    await choose('nam', '2018');
    await choose('cat', 'Kỳ báo cáo');
    await tabTo('Xem trước');
    await page.keyboard.press('Enter');
    await seen('#preview-title', 'Xem trước, chưa phát hành');
    expect(await textOf('.preview .bounds')).toMatch(/15\/12\/2017 – 14\/03\/2018/);
    // The day after the 14th is the next period's.
    expect(await textOf('.preview tr[data-key="total"] [data-figure="resolved.total"]')).toBe('1');
    expect(new URL(page.url()).search).toBe('?donvi=H13&loai=tien-do&ten=2018-Q1&cat=ngay-15');
    await page.reload();
    await seen('#preview-title', 'Xem trước');
    expect(await page.locator('select[name="ky"]').inputValue()).toBe('Q1');
  });

  it('previews the form, and every whole year of either cut', async () => {
    await choose('loai', 'Biểu II.06a');
    await choose('ky', 'Cả năm');
    await tabTo('Xem trước');
    await page.keyboard.press('Enter');
    await seen('.preview .bounds', '15/12/2017 – 14/12/2018');
    expect(await textOf('.preview tr[data-key="total"] [data-figure="received.total"]')).toBe('4');
    await page.goBack();
    await seen('.preview .bounds', '15/12/2017 – 14/03/2018');
  });

  it('issues what was previewed, and shows it as verified', async () => {
    // The month in which everything happened.
    await open('/bao-cao?donvi=H13&loai=tien-do&ten=2018-03');
    expect(await textOf('.preview tr[data-key="total"] [data-figure="rate"]')).toContain('75,00 %');
    await tabTo('Phát hành');
    await page.keyboard.press('Enter');
    await seen('h1', `BC-${year}-`);
    expect(await focused()).toMatch(/^BC-\d{4}-\d{4}$/);
    await page.locator('[data-verified="good"]').waitFor();
    expect(await textOf('[data-verified]')).toContain('không có điều chỉnh nào');
    expect(await textOf('.issued-figures tr[data-key="total"] [data-figure="resolved.total"]')).toBe('4');
    issuedHref = page.url();
    const links = await Promise.all(
      (await page.locator('.downloads a').all()).map((link) => link.getAttribute('href')),
    );
    expect(links.slice(0, 3)).toEqual(
      ['xlsx', 'csv', 'pdf'].map((format) =>
        expect.stringMatching(
          new RegExp(`^/v1/reports/timeliness/export\\?format=${format}&.*period=2018-03.*&asOf=20`),
        ),
      ),
    );
  });

  it('shows of an old one that it was restated since, by which dossiers and why', async () => {
    await open('/bao-cao');
    await tabTo(`BC-${year}-0001`);
    await page.keyboard.press('Enter');
    await seen('h1', `BC-${year}-0001`);
    await page.locator('[data-verified="restated"]').waitFor();
    expect(await textOf('[data-verified]')).toMatch(/Khớp.*Đã điều chỉnh từ khi phát hành/s);
    const late = page.locator('.restated tr[data-row="H13.40"][data-figure="resolved.late"]');
    expect((await late.innerText()).replaceAll(/\s+/g, ' ')).toBe(
      'Đã giải quyết: Trễ hạn Quận Ninh Kiều 1 0',
    );
    const cause = page.locator('[data-restated="resolved.late"] [data-cause="correction"]');
    await cause.waitFor();
    expect(await cause.innerText()).toMatch(/HS-0001.*−1.*đính chính/s);

    await tabTo('HS-0001');
    await page.keyboard.press('Enter');
    await seen('h1', 'HS-0001');
    await page.goBack();
    await seen('h1', `BC-${year}-0001`);
  });

  it('verifies again, and withdraws in sight', async () => {
    await page.goto(issuedHref);
    await page.locator('[data-verified="good"]').waitFor();
    await tabTo('Kiểm tra lại');
    await page.keyboard.press('Enter');
    await page.locator('[data-verified="good"]').waitFor();
    await tabTo('Thu hồi báo cáo');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await seen('#withdraw-fault', 'Hãy ghi lý do thu hồi');
    await page.keyboard.type('nhầm đơn vị');
    await page.keyboard.press('Enter');
    await seen('.banner.poor', 'nhầm đơn vị');
    await open('/bao-cao');
    await seen(`tr[data-number="${new URL(issuedHref).pathname.split('/')[2]}"]`, 'Đã thu hồi');
  });

  const VIEWS = (): [string, string][] => [
    ['reports', '/bao-cao'],
    ['a preview', '/bao-cao?donvi=H13&loai=tien-do&ten=2018-Q1&cat=ngay-15&cong-thuc=b'],
    ['the form in English', '/bao-cao?loai=bieu-06a&tu=2018-01-01&den=2018-12-31&lang=en'],
    ['a restated report', `/bao-cao/BC-${year}-0001`],
    ['a withdrawn one', new URL(issuedHref).pathname],
    ['an unknown one', '/bao-cao/BC-1999-0001'],
  ];

  it('has no accessibility violations, light, dark or printed', async () => {
    for (const [view, path] of VIEWS()) {
      await open(path);
      for (const [media, colorScheme] of [
        ['screen', 'light'],
        ['screen', 'dark'],
        ['print', 'light'],
      ] as const) {
        await page.emulateMedia({ media, colorScheme });
        await page.evaluate(axe);
        const { violations } = await page.evaluate<{
          violations: { id: string; nodes: { html: string }[] }[];
        }>('axe.run(document)');
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        expect({ view, media, colorScheme, found }).toEqual({ view, media, colorScheme, found: [] });
      }
      await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    }
  });

  it('fits 360 and 320 px without scrolling sideways', async () => {
    for (const [view, path] of VIEWS()) {
      for (const width of [360, 320]) {
        await page.setViewportSize({ width, height: 740 });
        await open(path);
        const shown = await page.evaluate<number>('document.documentElement.scrollWidth');
        expect([view, shown]).toEqual([view, width]);
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('prints an issued report without controls, with its number, bounds, instants, formula and checksum', async () => {
    await open(`/bao-cao/BC-${year}-0001`);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('button:visible, select:visible, .main-nav:visible').count()).toBe(0);
    const printed = await page.locator('main').innerText();
    for (const part of [
      /BC-\d{4}-0001/,
      /01\/03\/2018 – 31\/03\/2018/,
      /Số liệu tính đến/,
      /Tỷ lệ \(a\), phiên bản 1/,
    ])
      expect(printed).toMatch(part);
    expect(printed).toMatch(/[0-9a-f]{64}/);
    await page.emulateMedia({ media: 'screen' });
  });

  it('met no error', () => {
    expect(errors).toEqual([]);
  });

  async function open(path: string): Promise<void> {
    await page.goto(`${standalone.url}${path}`);
    await page.locator('h1').waitFor();
    await pollUntil(
      'nothing to be loading',
      15_000,
      async () => (await page.locator('.loading').count()) === 0,
    );
  }
  const seen = (selector: string, words: string) =>
    page.locator(selector).filter({ hasText: words }).first().waitFor({ timeout: 15_000 });
  const textOf = async (selector: string): Promise<string> =>
    (await page.locator(selector).first().innerText()).replaceAll('\u00a0', ' ');
  const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent.trim()');

  async function tabTo(words: string): Promise<void> {
    for (let presses = 0; presses < 120; presses++) {
      await page.keyboard.press('Tab');
      if ((await focused()) === words) return;
    }
    throw new Error(`120 presses of Tab did not reach "${words}"`);
  }
  /** Goes to a list of choices and types the beginning of one. */
  async function choose(name: string, words: string): Promise<void> {
    for (let presses = 0; presses < 120; presses++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate<string | null>('document.activeElement.getAttribute("name")')) !== name)
        continue;
      await page.keyboard.type(words);
      const chosen = await page.evaluate<string>(
        'document.activeElement.selectedOptions[0].textContent.trim()',
      );
      if (!chosen.startsWith(words)) throw new Error(`"${chosen}" is chosen, wanted was "${words}"`);
      return;
    }
    throw new Error(`120 presses of Tab did not reach the choices of ${name}`);
  }
});
