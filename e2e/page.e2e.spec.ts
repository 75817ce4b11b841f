import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  chainAt,
  formatInstant,
  pollUntil,
  startStandalone,
  type Chain,
  type CloudEventJson,
  type Standalone,
} from '#libs/testing';
import { axeSource, findChromium, openChromium, type Browser } from './chromium.js';

/** The page in a real browser against the whole chain: what a head of department sees, does and relies on. */

// A browser on a busy machine: the default of five seconds is for tests that stay in one process.
jest.setTimeout(60_000);

const chromium = findChromium();
if (chromium === null) {
  if (process.env.CI === 'true') throw new Error('Page tests need a Chromium: set CHROMIUM_PATH.');
  console.warn(
    'SKIPPED: page tests: no Chromium found. Install one or set CHROMIUM_PATH to run e2e/page.e2e.spec.ts.',
  );
}

const SOURCE = 'urn:test:mot-cua';
const YEAR_2018 = 'ky=nam-2018';
const HISTORY_CODE = 'H13.40.01-180305-0001';
const HISTORY_PATH = `/ho-so/${encodeURIComponent(SOURCE)}/${encodeURIComponent(HISTORY_CODE)}`;
const WIDE = { width: 1280, height: 900 };

let chain: Chain;
let standalone: Standalone | undefined;
let browser: Browser | undefined;
let page: Page;
let axe: string;
/** Requests the page made to anyone but its own server. */
const foreign: string[] = [];
const errors: string[] = [];

(chromium ? describe : describe.skip)('the page', () => {
  beforeAll(async () => {
    standalone = await startStandalone();
    chain = chainAt(standalone.url);
    await chain.putAgencies([
      { id: 'H13', name: 'Thành phố Cần Thơ', kind: 'province' },
      { id: 'H13.02', name: 'Sở Tư pháp', kind: 'department', parent: 'H13' },
      { id: 'H13.40', name: 'Quận Ninh Kiều', kind: 'district', parent: 'H13' },
      { id: 'H13.40.01', name: 'Phường Cái Khế', kind: 'commune', parent: 'H13.40' },
      { id: 'H13.40.02', name: 'Phường An Hòa', kind: 'commune', parent: 'H13.40' },
    ]);
    await chain.putProcedures([
      {
        code: '1.001193',
        name: 'Đăng ký khai sinh',
        domain: 'Hộ tịch',
        limits: [{ statutory: { amount: 5, unit: 'working-days' } }],
      },
      {
        code: '2.000908',
        name: 'Cấp bản sao từ sổ gốc',
        domain: 'Chứng thực',
        limits: [{ statutory: { amount: 8, unit: 'working-hours' } }],
      },
    ]);
    await chain.post(eventsOf2018());
    await chain.caughtUp();

    axe = await axeSource();
    browser = await openChromium(chromium ?? '');
    page = await browser.context.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(base())) foreign.push(request.url());
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await standalone?.stop();
  });

  it('shows the figures of a year with their fractions, bounds and the time they are of', async () => {
    await open(`/?${YEAR_2018}`);

    expect(await textOf('[data-figure="rate-a"]')).toBe('75,00 %');
    expect(await textOf('[data-figure="rate-a-n"]')).toBe('3 / 4 hồ sơ');
    expect(await textOf('[data-kpi="rate-a"]')).toContain('Chưa đạt');
    await page.locator('summary', { hasText: 'Các cách tính tỷ lệ' }).click();
    for (const [id, percent, n] of [
      ['a', '75,00 %', '3 / 4 hồ sơ'],
      ['b', '50,00 %', '3 / 6 hồ sơ'],
      ['c', '60,00 %', '3 / 5 hồ sơ'],
      ['opencps', '75 %', '3 / 4 hồ sơ'],
    ]) {
      expect([id, await textOf(`[data-figure="formula-${id}"]`)]).toEqual([id, percent]);
      expect([id, await textOf(`[data-figure="formula-${id}-n"]`)]).toEqual([id, n]);
    }
    expect(await textOf('.page-title')).toMatch(
      /01\/01\/2018 – 31\/12\/2018\s+Số liệu tính đến \d\d:\d\d:\d\d \d\d\/\d\d\/\d{4}/,
    );
    expect(await textOf('.headline')).toContain('Số liệu khớp');
    expect(await attribute('html', 'lang')).toBe('vi');
  });

  it('tells "no data yet" from zero', async () => {
    await open('/?tu=2017-01-01&den=2017-12-31');
    expect(await textOf('.empty-period')).toContain('Chưa có dữ liệu');
    expect(await page.locator('[data-figure="rate-a"]').count()).toBe(0);

    await open(`/?${YEAR_2018}&donvi=H13.40&lang=en`);
    expect(await textOf('tr[data-key="H13.40.02"] [data-column="rate"]')).toContain('—');
    expect(await textOf('tr[data-key="H13.40.02"] [data-column="resolved"]')).toBe('0');
    expect(await attribute('html', 'lang')).toBe('en');
  });

  it('leads from the province to a procedure by keyboard alone, and back, and survives a reload', async () => {
    await open(`/?${YEAR_2018}`);
    await tabTo('Quận, huyện');
    await page.keyboard.press('Enter');
    await seen('#breakdown-title', 'Quận, huyện (1)');
    expect(await focused()).toBe('Quận, huyện (1)');

    await tabTo('Quận Ninh Kiều');
    await page.keyboard.press('Enter');
    await seen('h1', 'Quận Ninh Kiều');
    expect(await focused()).toBe('Quận Ninh Kiều');

    await tabTo('Phường Cái Khế');
    await page.keyboard.press('Enter');
    await seen('h1', 'Phường Cái Khế');
    await seen('tr[data-key="1.001193"]', 'Đăng ký khai sinh');
    expect((await textOf('.breadcrumb')).replace(/\s+/g, ' ')).toMatch(
      /Thành phố Cần Thơ ?Quận, huyện ?Quận Ninh Kiều ?Phường Cái Khế/,
    );
    expect(await textOf('tr[data-key="1.001193"] [data-column="late"]')).toBe('1');

    await page.reload();
    await seen('h1', 'Phường Cái Khế');
    await page.goBack();
    await seen('h1', 'Quận Ninh Kiều');
    await page.goBack();
    await seen('#breakdown-title', 'Quận, huyện (1)');
  });

  it('sorts by a press on a heading and says so', async () => {
    await open(`/?${YEAR_2018}`);
    const heading = page.locator('th', { has: page.locator('button', { hasText: 'Trễ hạn' }) });
    await heading.locator('button').focus();
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    expect(page.url()).toContain('sap=late');
  });

  it('lists what the monthly picture shows', async () => {
    await open(`/?${YEAR_2018}`);
    await page.locator('.chart svg').waitFor();
    expect(await textOf('#trend-sentence')).toMatch(
      /^Đã giải quyết 4 hồ sơ, .*75,00\s%; thấp nhất là tháng 03\/2018/,
    );
    await page.locator('summary', { hasText: 'Bảng số liệu theo tháng' }).click();
    expect(await page.locator('.trend tbody tr').count()).toBe(12);
  });

  it('explains a deadline and keeps what was retracted visible', async () => {
    await open(HISTORY_PATH);
    await seen('h1', HISTORY_CODE);
    // Monday 5 March 2018 and five working days.
    await seen('.facts', '12/03/2018');
    const steps = await textOf('.explanation');
    expect(steps).toMatch(/5 ngày làm việc/);
    expect(steps).toContain('12/03/2018');
    expect(await textOf('.facts .states')).toContain('Trễ hạn');
    expect(await page.locator('.event.retracted del').count()).toBe(1);
    expect(await textOf('.event.retracted')).toContain('Đã bị rút lại');
  });

  it('turns a dossier overdue on the screen in the second its deadline passes, without a reload', async () => {
    const code = 'H13.02-LIVE-0001';
    await open('/theo-doi');
    await page.locator('.pulse.open').waitFor();
    await page.evaluate('window.notReloaded = true');

    const dueAt = Date.now() + 8_000;
    await chain.post([dueAtInstant(code, dueAt)]);
    const row = page.locator(`[data-list="overdue"] [data-code="${code}"]`);
    await pollUntil('the second before the deadline', 10_000, () =>
      Promise.resolve(Date.now() > dueAt - 500),
    );
    expect(await row.count()).toBe(0);

    await row.waitFor({ timeout: dueAt + 5_000 - Date.now() });
    const delay = Date.now() - dueAt;
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThan(2_000);
    expect(await row.locator('.span').textContent()).toMatch(/^quá \d+ giây/);
    expect(await page.evaluate('window.notReloaded')).toBe(true);
    await seen('[role="status"].unseen', 'Có 1 hồ sơ mới quá hạn.', 15_000);

    await chain.post([event(code, 'resolved', formatInstant(Date.now()), {})]);
    await row.waitFor({ state: 'detached', timeout: 10_000 });
  });

  it('does so by itself when the stream is broken, and says since when it is', async () => {
    const code = 'H13.02-LIVE-0003';
    const dueAt = Date.now() + 8_000;
    await chain.post([dueAtInstant(code, dueAt)]);
    await chain.caughtUp();
    await page.route('**/v1/stream', (route) => route.abort());
    await open('/theo-doi');
    await seen('.pulse.lost', 'Mất kết nối từ');
    expect(await textOf('.pulse.lost')).toMatch(/Mất kết nối từ \d\d:\d\d:\d\d/);
    await page.locator(`[data-list="due-soon"] [data-code="${code}"]`).waitFor();

    await page.route('**/v1/dossiers**', (route) => route.abort());
    await page.locator(`[data-list="overdue"] [data-code="${code}"]`).waitFor();
    expect(Date.now() - dueAt).toBeGreaterThanOrEqual(0);
    expect(Date.now() - dueAt).toBeLessThan(2_000);

    await page.unrouteAll();
    await page.locator('.pulse.open').waitFor({ timeout: 15_000 });
    await chain.post([event(code, 'resolved', formatInstant(Date.now()), {})]);
  });

  it('stands still while paused', async () => {
    const code = 'H13.02-LIVE-0002';
    await open('/theo-doi');
    await page.locator('.pulse.open').waitFor();
    await seen('[data-list], .empty', '');
    await page.locator('button', { hasText: 'Tạm dừng cập nhật' }).click();

    const dueAt = Date.now() + 1_500;
    await chain.post([dueAtInstant(code, dueAt)]);
    await pollUntil('the deadline', 5_000, () => Promise.resolve(Date.now() > dueAt + 1_500));
    const row = page.locator(`[data-list="overdue"] [data-code="${code}"]`);
    expect(await row.count()).toBe(0);
    await page.locator('button', { hasText: 'Cập nhật tiếp' }).click();
    await row.waitFor({ timeout: 40_000 });
  });

  const VIEWS: [string, string][] = [
    ['overview', `/?${YEAR_2018}`],
    ['overview in English, procedures', `/?${YEAR_2018}&donvi=H13.40.01&lang=en`],
    ['nothing there yet', '/?tu=2017-01-01&den=2017-12-31'],
    ['overdue and due soon', '/theo-doi'],
    ['dossier', HISTORY_PATH],
    ['unknown dossier', `/ho-so/${encodeURIComponent(SOURCE)}/none`],
    ['unknown address', '/nowhere'],
  ];

  it.each(VIEWS)('%s has no accessibility violations, light, dark or printed', async (_, path) => {
    await open(path);
    for (const [media, colorScheme] of [
      ['screen', 'light'],
      ['screen', 'dark'],
      ['print', 'dark'],
    ] as const) {
      await page.emulateMedia({ media, colorScheme });
      expect({ media, colorScheme, violations: await violations() }).toEqual({
        media,
        colorScheme,
        violations: [],
      });
    }
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
  });

  it.each(VIEWS)('%s fits 360 and 320 px without scrolling sideways', async (_, path) => {
    for (const width of [360, 320]) {
      await page.setViewportSize({ width, height: 740 });
      await open(path);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.setViewportSize(WIDE);
  });

  it('prints without controls, with the period and the time the figures are of', async () => {
    await open(`/?${YEAR_2018}`);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('button:visible, input:visible, .main-nav:visible').count()).toBe(
      await page.locator('thead button:visible').count(),
    );
    expect(await page.locator('main').innerText()).toMatch(
      /00:00 ngày 01\/01\/2018 đến hết ngày 31\/12\/2018/,
    );
    expect(await page.locator('main').innerText()).toContain('Số liệu tính đến');
    await page.emulateMedia({ media: 'screen' });
  });

  it('asked nobody but its own server and met no error', () => {
    expect(foreign).toEqual([]);
    expect(errors).toEqual([]);
  });
});

/**
 * Six dossiers: early, on time, late (with a retracted extension), early in another office, withdrawn, and
 * one that stays open and becomes overdue.
 */
function eventsOf2018(): CloudEventJson[] {
  const accepted = (code: string, at: string, agency: string): CloudEventJson =>
    event(code, 'accepted', at, { procedure: '1.001193', receivingAgency: agency, channel: 'counter' });
  const ward = 'H13.40.01';
  return [
    accepted(HISTORY_CODE, '2018-03-05T08:00:00+07:00', ward),
    event(HISTORY_CODE, 'extended', '2018-03-06T08:00:00+07:00', { newDueAt: '2018-03-30T17:00:00+07:00' }),
    {
      ...event(HISTORY_CODE, 'retracted', '2018-03-06T09:00:00+07:00', {
        event: `${HISTORY_CODE}-extended`,
      }),
    },
    event(HISTORY_CODE, 'resolved', '2018-03-14T10:00:00+07:00', { outcome: 'granted' }),
    accepted('H13.40.01-180305-0002', '2018-03-05T08:30:00+07:00', ward),
    event('H13.40.01-180305-0002', 'resolved', '2018-03-07T10:00:00+07:00', {}),
    accepted('H13.40.01-180305-0003', '2018-03-05T09:00:00+07:00', ward),
    event('H13.40.01-180305-0003', 'resolved', '2018-03-12T16:00:00+07:00', {}),
    accepted('H13.02-180402-0004', '2018-04-02T09:00:00+07:00', 'H13.02'),
    event('H13.02-180402-0004', 'resolved', '2018-04-03T09:00:00+07:00', {}),
    accepted('H13.02-180402-0005', '2018-04-02T10:00:00+07:00', 'H13.02'),
    event('H13.02-180402-0005', 'withdrawn', '2018-04-04T10:00:00+07:00', {}),
    accepted('H13.40-180601-0006', '2018-06-01T10:00:00+07:00', 'H13.40'),
  ];
}

/**
 * Accepted long ago under a limit in hours, so that its deadline is an instant and it is due soon at whatever
 * hour of whatever day the test runs.
 */
const dueAtInstant = (code: string, dueAt: number): CloudEventJson =>
  event(code, 'accepted', formatInstant(Date.now() - 30 * 86_400_000), {
    procedure: '2.000908',
    receivingAgency: 'H13.02',
    channel: 'online',
    limit: { amount: 100, unit: 'working-hours' },
    dueAt: formatInstant(dueAt),
  });

function event(code: string, type: string, time: string, data: Record<string, unknown>): CloudEventJson {
  return {
    specversion: '1.0',
    source: SOURCE,
    id: `${code}-${type}`,
    type: `vn.tthc.dossier.${type}.v1`,
    subject: code,
    time,
    data,
  };
}

const base = (): string => standalone?.url ?? '';

/** Opens an address of the page and waits until nothing is loading any more. */
async function open(path: string): Promise<void> {
  await page.goto(`${base()}${path}`);
  await page.locator('h1').waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready.then(() => true)');
}

const textOf = async (selector: string): Promise<string> =>
  (await page.locator(selector).first().innerText()).replaceAll('\u00a0', ' ');

const attribute = (selector: string, name: string): Promise<string | null> =>
  page.locator(selector).getAttribute(name);

async function seen(selector: string, text: string, timeout = 5_000): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ state: 'attached', timeout });
}

const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent.trim()');

/** Presses Tab until the element with exactly this text has the focus. */
async function tabTo(text: string): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press('Tab');
    if ((await focused()) === text) return;
  }
  throw new Error(`120 presses of Tab did not reach "${text}"`);
}

interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}

async function violations(): Promise<string[]> {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate<AxeResults>('axe.run(document)');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`);
}
