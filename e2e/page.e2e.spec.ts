import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { formatInstant, pollUntil } from '#libs/testing';
import {
  chromiumForPages,
  dueAtInstant,
  event,
  HISTORY_CODE,
  HISTORY_PATH,
  PageWorld,
  YEAR_2018,
} from './page-world.js';

/** The page in a real browser against the whole chain: what a head of department sees, does and relies on. */

// A browser on a busy machine: the default of five seconds is for tests that stay in one process.
jest.setTimeout(60_000);

const chromium = chromiumForPages();

let world: PageWorld;
let page: Page;

(chromium ? describe : describe.skip)('the page', () => {
  beforeAll(async () => {
    world = await PageWorld.start(chromium ?? '');
    page = world.page;
  }, 120_000);
  // One that fails must not take the network from those after it.
  afterEach(async () => {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    world.reconnect();
  });
  afterAll(() => world?.stop(), 30_000);

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
    await world.chain.post([dueAtInstant(code, dueAt)]);
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

    await world.chain.post([event(code, 'resolved', formatInstant(Date.now()), {})]);
    await row.waitFor({ state: 'detached', timeout: 10_000 });
  });

  it('does so by itself when the stream is broken, and says since when it is', async () => {
    const code = 'H13.02-LIVE-0003';
    const dueAt = Date.now() + 8_000;
    await world.chain.post([dueAtInstant(code, dueAt)]);
    await world.chain.caughtUp();
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
    await world.chain.post([event(code, 'resolved', formatInstant(Date.now()), {})]);
  });

  it('stands still while paused', async () => {
    const code = 'H13.02-LIVE-0002';
    await open('/theo-doi');
    await page.locator('.pulse.open').waitFor();
    await seen('[data-list], .empty', '');
    await page.locator('button', { hasText: 'Tạm dừng cập nhật' }).click();

    const dueAt = Date.now() + 1_500;
    await world.chain.post([dueAtInstant(code, dueAt)]);
    await pollUntil('the deadline', 5_000, () => Promise.resolve(Date.now() > dueAt + 1_500));
    const row = page.locator(`[data-list="overdue"] [data-code="${code}"]`);
    expect(await row.count()).toBe(0);
    await page.locator('button', { hasText: 'Cập nhật tiếp' }).click();
    await row.waitFor({ timeout: 40_000 });
  });

  it('keeps a strip of what has just fallen due on the overview, through a lost connection and back', async () => {
    const [before, meanwhile] = ['H13.02-LIVE-0004', 'H13.02-LIVE-0005'];
    const inStrip = (code: string, list: string) =>
      page.locator(`.live [data-list="${list}"] [data-code="${code}"]`);
    const dueAt = Date.now() + 9_000;
    await world.chain.post([dueAtInstant(before, dueAt)]);
    await world.chain.caughtUp();
    await open(`/?${YEAR_2018}`);
    await page.locator('.pulse.open').waitFor();
    await inStrip(before, 'due-soon').waitFor();
    expect(await page.locator('[data-stale="live"]').count()).toBe(0);

    world.disconnect();
    await seen('.pulse.lost', 'Mất kết nối từ');
    expect(await textOf('.live [data-stale="live"]')).toMatch(/lúc mất kết nối, \d\d:\d\d:\d\d/);
    await seen('[role="status"].unseen', 'Mất kết nối, đang thử lại.');
    await world.chain.post([dueAtInstant(meanwhile, dueAt)]);
    // By time alone.
    await inStrip(before, 'overdue').waitFor({ timeout: dueAt + 5_000 - Date.now() });
    expect(await inStrip(before, 'overdue').innerText()).toMatch(/mới/);
    expect(await inStrip(meanwhile, 'overdue').count()).toBe(0);

    world.reconnect();
    await page.locator('.pulse.open').waitFor({ timeout: 15_000 });
    await inStrip(meanwhile, 'overdue').waitFor();
    expect(await page.locator('[data-stale="live"]').count()).toBe(0);
    await seen('[role="status"].unseen', 'Đã kết nối lại.');
    await world.chain.post(
      [before, meanwhile].map((code) => event(code, 'resolved', formatInstant(Date.now()), {})),
    );
    await inStrip(meanwhile, 'overdue').waitFor({ state: 'detached', timeout: 10_000 });
  });

  it('asks for what moves by itself once the figures are there, and once only', async () => {
    await open(`/?${YEAR_2018}`);
    await page.locator('.pulse.open').waitFor();
    const asked: string[] = [];
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/v1/reports/timeliness**', async (route) => {
      asked.push(route.request().url());
      await answered;
      await route.continue();
    });
    page.on('request', (request) => asked.push(request.url()));
    await page.locator('tr[data-key="H13.02"] th a').click();
    await pollUntil('the question about months', 5_000, () =>
      Promise.resolve(asked.some((url) => url.includes('by=month'))),
    );
    expect(asked.filter((url) => /stream|v1\/dossiers/.test(url))).toEqual([]);
    answer();
    await page.locator('.pulse.open').waitFor();
    await page.locator('.live [data-list="overdue"] .tally:not(:text("…"))').waitFor();
    expect(asked.filter((url) => url.includes('/v1/stream'))).toHaveLength(1);
    expect(asked.filter((url) => url.includes('timeliness=overdue'))).toHaveLength(1);
    expect(asked.findIndex((url) => url.includes('/v1/stream'))).toBeLessThan(
      asked.findIndex((url) => url.includes('timeliness=overdue')),
    );
  });

  it('tells loading, failure and old figures apart, and heals', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/v1/reports/timeliness**', async (route) => {
      await released;
      await route.abort();
    });
    await page.goto(`${world.url}/`);
    await seen('main .loading', 'Đang tải…');
    expect(await page.locator('[data-figure="rate-a"]').count()).toBe(0);
    release();
    await seen('main .notice[role="alert"]', 'Không tải được số liệu');
    expect(await textOf('main .notice[role="alert"]')).toContain('Máy chủ không trả lời');

    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.locator('main .notice[role="alert"] button', { hasText: 'Thử lại' }).click();
    // What the tests before resolved is of this month.
    await page.locator('[data-figure="rate-a"]').waitFor();
    expect(await page.locator('main .notice[role="alert"]').count()).toBe(0);

    await page.route('**/v1/reports/timeliness**', (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"Bảo trì"}' }),
    );
    await world.chain.post([dueAtInstant('H13.02-LIVE-0006', Date.now() + 3_000_000)]);
    await seen('main .banner', 'Số liệu dưới đây là của lúc', 15_000);
    expect(await page.locator('[data-figure="rate-a"]').count()).toBe(1);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.locator('main .banner button', { hasText: 'Thử lại' }).click();
    await page.locator('main .banner').waitFor({ state: 'detached' });
    await world.chain.post([event('H13.02-LIVE-0006', 'resolved', formatInstant(Date.now()), {})]);
  });

  it('changes its language in place, and back', async () => {
    await open(`/?${YEAR_2018}&theo=linh-vuc`);
    await page.evaluate('window.notReloaded = true');
    await tabTo('English');
    await page.keyboard.press('Enter');
    await seen('.headline', 'To be resolved');
    expect(await attribute('html', 'lang')).toBe('en');
    expect(await textOf('[data-figure="rate-a"]')).toBe('75.00 %');
    expect(new URL(page.url()).search).toBe('?ky=nam-2018&theo=linh-vuc&lang=en');
    expect(await page.title()).toContain('Thành phố Cần Thơ · 01/01/2018 – 31/12/2018');
    expect(await page.evaluate('window.notReloaded')).toBe(true);
    expect(await focused()).toBe('Tiếng Việt');
    // Names stay Vietnamese, and say so to whoever reads them out.
    expect(await attribute('h1', 'lang')).toBe('vi');

    await page.keyboard.press('Enter');
    expect(await textOf('[data-figure="rate-a"]')).toBe('75,00 %');
    expect(await attribute('html', 'lang')).toBe('vi');
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
    expect(world.foreign).toEqual([]);
    expect(world.errors).toEqual([]);
  });
});

const open = (path: string): Promise<void> => world.open(path);
const textOf = (selector: string): Promise<string> => world.textOf(selector);
const seen = (selector: string, text: string, timeout?: number): Promise<void> =>
  world.seen(selector, text, timeout);

const attribute = (selector: string, name: string): Promise<string | null> =>
  page.locator(selector).getAttribute(name);

const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent.trim()');

/** Presses Tab until the element with exactly this text has the focus. */
async function tabTo(text: string): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press('Tab');
    if ((await focused()) === text) return;
  }
  throw new Error(`120 presses of Tab did not reach "${text}"`);
}
