import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { chainAt, type Standalone, startStandalone } from '#libs/testing';
import { cantho2018 } from '../apps/demo/src/cantho-2018.js';
import { HttpClient } from '../apps/demo/src/http.js';
import { sendEvents } from '../apps/demo/src/sender.js';
import { axeSource, type Browser, findChromium, openChromium } from './chromium.js';

/**
 * A leader's morning look, on the year that the demo loads, made by its code at a hundredth: from the rate of the
 * year to the dossiers past their due date while they await supplements, and to why a deadline is what it is.
 *
 * `DEMO_URL` names the whole year that is already served (`npm run demo -- --full`): then it is seven of them.
 */

jest.setTimeout(120_000);

const chromium = findChromium();
if (chromium === null) {
  if (process.env.CI === 'true') throw new Error('Page tests need a Chromium: set CHROMIUM_PATH.');
  console.warn('SKIPPED: no Chromium found. Set CHROMIUM_PATH to run e2e/morning-look.e2e.spec.ts.');
}

const SCALE = 100;
const DEMO_URL = process.env.DEMO_URL;
const WIDE = { width: 1440, height: 900 };
const PAST_DUE = '.balance a[href*="muc=tam-dung-qua-han"]';

let standalone: Standalone | undefined;
let url = DEMO_URL ?? '';
let browser: Browser | undefined;
let page: Page;
const errors: string[] = [];

(chromium ? describe : describe.skip)('the morning look of a leader', () => {
  beforeAll(async () => {
    if (!DEMO_URL) url = await startWithTheYear();
    browser = await openChromium(chromium ?? '');
    page = await browser.context.newPage();
    await page.setViewportSize(WIDE);
    page.on('pageerror', (error) => errors.push(error.message));
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await standalone?.stop();
  }, 30_000);

  it('leads in four clicks from 99.93 % to the dossiers past due while paused, and to why a deadline is what it is', async () => {
    await open('/');
    let clicks = 0;
    const click = async (selector: string): Promise<void> => {
      clicks += 1;
      await page.locator(selector).first().click();
    };
    await click('a[href*="ky=nam-2018"]');
    await seen('[data-figure="rate-a"]', '99,93');
    const figure = Number(await page.locator(PAST_DUE).innerText());
    expect(figure).toBe(DEMO_URL ? 7 : 1);

    await click(PAST_DUE);
    await seen('h1', 'Tạm dừng và đã quá hạn trả');
    await seen('[data-figure="count"]', `${figure} hồ sơ`);
    await page.locator('table.dossiers tbody tr').first().waitFor();
    expect(await page.locator('table.dossiers tbody tr').count()).toBe(figure);
    expect(await page.locator('.page-title').innerText()).toContain('23:59 31/12/2018');
    const code = await page.locator('table.dossiers tbody tr').first().getAttribute('data-code');

    await click('table.dossiers tbody th a');
    await seen('h1', code ?? '');
    await seen('.explanation .law', 'Đ.');

    await click('.explanation summary');
    expect(clicks).toBeLessThanOrEqual(4);
    expect(await page.locator('.explanation details[open] .days li').count()).toBeGreaterThan(0);
    // A deadline of three days in the middle of a week skips none; the one that the pause moved does.
    const skipped = page.locator('.explanation .days .skipped');
    expect(await skipped.count()).toBeGreaterThan(0);
    expect(await skipped.first().textContent()).toMatch(
      /\d\d\/\d\d\/\d{4}.*(thứ Bảy|Chủ nhật|nghỉ|cuối tuần)/i,
    );
  });

  it('does so by keyboard alone, and the way back keeps the place', async () => {
    await open('/');
    await tabTo('a[href*="ky=nam-2018"]');
    await page.keyboard.press('Enter');
    await seen('[data-figure="rate-a"]', '99,93');
    await page.locator('.loading').first().waitFor({ state: 'detached' });
    await tabTo(PAST_DUE);
    await page.keyboard.press('Enter');
    await seen('h1', 'Tạm dừng và đã quá hạn trả');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    await page.locator('table.dossiers tbody a').first().waitFor();
    await tabTo('table.dossiers tbody th a');
    await page.keyboard.press('Enter');
    await seen('.explanation .law', 'Đ.');
    await tabTo('.explanation summary');
    await page.keyboard.press('Enter');
    await page.locator('.explanation details[open]').waitFor();

    await page.goBack();
    await seen('h1', 'Tạm dừng và đã quá hạn trả');
    await page.reload();
    await seen('h1', 'Tạm dừng và đã quá hạn trả');
    await page.goBack();
    await seen('[data-figure="rate-a"]', '99,93');
  });

  it('leads from a dossier back to the list it was opened from, with its filter, order and place', async () => {
    await open('/danh-sach?ky=nam-2018&donvi=H13&muc=da-giai-quyet&kenhnhan=counter&sap=code');
    await page.locator('.pages a').click();
    await page.waitForURL(/sau=/);
    await page.locator('.pages a', { hasText: 'Về trang đầu' }).waitFor();
    await page.locator('.loading').first().waitFor({ state: 'detached' });
    const list = new URL(page.url()).pathname + new URL(page.url()).search;
    const code = (await page.locator('table.dossiers tbody tr').first().getAttribute('data-code')) ?? '';
    await page.locator('table.dossiers tbody th a').first().click();
    await seen('h1', code);
    // It is in the address: loading it anew or sending it to somebody keeps it.
    await page.reload();
    await page.locator('.explanation').waitFor();
    expect(await page.locator('.back').innerText()).toBe('‹ Đã giải quyết trong kỳ');
    expect(await page.locator('.back').getAttribute('href')).toBe(list);
    await tabTo('.back');
    await page.keyboard.press('Enter');
    await seen('h1', 'Đã giải quyết trong kỳ');
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(list);
    await page.locator(`tr[data-code="${code}"]`).waitFor();
    await page.goBack();
    await seen('h1', code);
    // In the language of now.
    await page.locator('a.language').click();
    await seen('.back', 'Resolved in the period');
    expect(await page.locator('.back').getAttribute('href')).toBe(`${list}&lang=en`);
  });

  it.each([
    ['/theo-doi?donvi=H13', '/theo-doi?donvi=H13', '‹ Quá hạn và sắp đến hạn'],
    ['/?ky=nam-2018&theo=kenh', '/?ky=nam-2018&theo=kenh', '‹ Tổng quan'],
    ['https://elsewhere.vn/theo-doi', '/theo-doi', '‹ Quá hạn và sắp đến hạn'],
    ['//elsewhere.vn', '/theo-doi', '‹ Quá hạn và sắp đến hạn'],
  ])('knows of %s that the way back from a dossier is %s', async (back, href, name) => {
    const any = (await (await fetch(`${url}/v1/dossiers?limit=1`)).json()) as {
      items: { source: string; code: string }[];
    };
    const [{ source, code } = { source: '', code: '' }] = any.items;
    const path = `/ho-so/${encodeURIComponent(source)}/${encodeURIComponent(code)}`;
    await open(`${path}?ve=${encodeURIComponent(back)}`);
    expect([
      await page.locator('.back').innerText(),
      await page.locator('.back').getAttribute('href'),
    ]).toEqual([name, href]);
  });

  it('has behind every figure a list of as many', async () => {
    await open('/?ky=nam-2018');
    const figures = await page.evaluate<{ href: string; text: string; inTable: boolean }[]>(
      `[...document.querySelectorAll('main a.figure-link')].filter((link) => !link.closest('.trend')).map((link) => ({
         href: link.getAttribute('href'), text: link.textContent, inTable: link.closest('table.figures') !== null }))`,
    );
    const above = figures.filter(({ inTable }) => !inTable);
    const table = figures.filter(({ inTable }) => inTable);
    expect(above.length).toBeGreaterThan(20);
    expect(table.length).toBeGreaterThan(40);
    // Of the table the first rows and the line of totals.
    for (const { href, text } of [...above, ...table.slice(0, 16), ...table.slice(-8)])
      expect([href, await countOf(href)]).toEqual([href, text]);
  }, 180_000);

  it('has behind every number of a month a list of as many, from the table and from the picture', async () => {
    await open('/?ky=nam-2018');
    await page.locator('.chart svg').waitFor();
    const links = await page.evaluate<{ href: string; text: string; name: string; month: string }[]>(
      `[...document.querySelectorAll('.trend table a.figure-link')].map((link) => ({
         href: link.getAttribute('href'), text: link.textContent, name: link.getAttribute('aria-label'),
         month: link.closest('tr').querySelector('th').textContent }))`,
    );
    // What there is none of opens nothing, and few are late.
    expect(links.length).toBeGreaterThan(12 * 2);
    for (const { href, text, name, month } of links) {
      const [number = '', year = ''] = month.split('/');
      expect(name).toMatch(new RegExp(`^${text}\\. Xem danh sách: .*, ${month}$`));
      expect(href).toContain(`tu=${year}-${number}-01&den=${year}-${number}-`);
      expect([href, await countOf(href)]).toEqual([href, text]);
    }

    await open('/?ky=nam-2018');
    const bars = page.locator('.chart a.chart-month');
    await bars.first().waitFor();
    expect(await bars.count()).toBe(12);
    const name = (await bars.nth(2).getAttribute('aria-label')) ?? '';
    expect(name).toMatch(/^[\d.]+\. Xem danh sách: Đã giải quyết trong kỳ, 03\/2018$/);
    await tabTo('.chart div:nth-child(3) > a.chart-month');
    expect(await page.locator('.chart-tip').innerText()).toContain('03/2018');
    await page.keyboard.press('Enter');
    await seen('h1', 'Đã giải quyết trong kỳ');
    await seen('.page-title', '01/03/2018 – 31/03/2018');
    await seen('[data-figure="count"]', `${name.split('. ')[0]} lượt`);

    // Back to the year, from wherever one has gone on to, and after loading it anew.
    await page.locator('select').first().selectOption('tiep-nhan');
    await page.locator('th button', { hasText: 'Mã hồ sơ' }).click();
    await page.locator('.pages a').click();
    await page.waitForURL(/sau=/);
    await page.locator('table.dossiers tbody th a').first().click();
    await seen('.back', 'Tiếp nhận trong kỳ');
    await page.reload();
    await page.locator('.back').click();
    await seen('h1', 'Tiếp nhận trong kỳ');
    await page.reload();
    expect(await page.locator('.back').innerText()).toBe('‹ Tổng quan');
    expect(await page.locator('.back').getAttribute('href')).toBe('/?ky=nam-2018');
    await tabTo('.back');
    await page.keyboard.press('Enter');
    await seen('.page-title', '01/01/2018 – 31/12/2018');
    expect(new URL(page.url()).search).toBe('?ky=nam-2018');
    await page.goBack();
    await seen('h1', 'Tiếp nhận trong kỳ');

    // Too narrow to be hit: the table has them.
    await page.setViewportSize({ width: 320, height: 740 });
    await open('/?ky=nam-2018');
    await page.locator('.chart svg').waitFor();
    expect(await bars.count()).toBe(0);
    await page.setViewportSize(WIDE);
  }, 180_000);

  it('sorts, pages and filters in the address, and takes filters off', async () => {
    await open('/danh-sach?ky=nam-2018&muc=da-giai-quyet');
    const codes = (): Promise<string[]> =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll('table.dossiers tbody tr')].map((row) => row.dataset.code)`,
      );
    const first = await codes();
    expect(first).toHaveLength(50);
    await page.locator('.pages a').click();
    await page.waitForURL(/sau=/);
    await page.locator(`tr[data-code="${first[0]}"]`).waitFor({ state: 'detached' });
    const second = await codes();
    expect(second.filter((code) => first.includes(code))).toEqual([]);
    await page.goBack();
    await page.locator(`tr[data-code="${first[0]}"]`).waitFor();

    await page.locator('th button', { hasText: 'Mã hồ sơ' }).click();
    await page.waitForURL(/sap=code/);
    await page.locator(`th[aria-sort="ascending"]`, { hasText: 'Mã hồ sơ' }).waitFor();

    await open('/danh-sach?ky=nam-2018&muc=qua-han&tre=1-3&lang=en');
    await seen('.filter', 'Overdue: up to 3 working days');
    await page.locator('.filter a').click();
    await page.locator('.filter').waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('tre=');
    await page.locator('select').first().selectOption('tre-han');
    await seen('h1', 'Resolved late');
    expect(page.url()).toContain('muc=tre-han');
    expect(await page.locator('.downloads a').first().getAttribute('href')).toMatch(
      /^\/v1\/dossiers\/export\?format=xlsx&flow=resolved-late&from=2018-01-01&to=2018-12-31$/,
    );
  });

  it('shows on a dossier the cause of lateness that was given, and counts it', async () => {
    const list = (await (
      await fetch(`${url}/v1/dossiers?flow=resolved-late&from=2018-01-01&to=2018-12-31&limit=1`)
    ).json()) as { items: { source: string; code: string }[] };
    const [{ source, code } = { source: '', code: '' }] = list.items;
    const path = `${encodeURIComponent(source)}/${encodeURIComponent(code)}`;
    const answer = await fetch(`${url}/v1/dossiers/${path}/cause`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cause: 'other-agency', by: 'motcua:cv-12' }),
    });
    expect(answer.status).toBe(200);
    await open(`/ho-so/${path}`);
    await seen('.cause', 'Chờ cơ quan phối hợp');
    await page.locator('.cause summary').click();
    await seen('.cause li', '— → Chờ cơ quan phối hợp (motcua:cv-12)');
  });

  const VIEWS = [
    '/?ky=nam-2018',
    '/danh-sach?ky=nam-2018&muc=tam-dung-qua-han',
    '/danh-sach?ky=nam-2018&muc=da-giai-quyet&kenhnhan=online&lang=en',
    '/danh-sach?ky=nam-2018&muc=qua-han&tre=over-30',
  ];
  it.each(VIEWS)('%s has no accessibility violations and fits 320 px', async (path) => {
    await open(path);
    const axe = await axeSource();
    for (const [media, colorScheme] of [
      ['screen', 'light'],
      ['screen', 'dark'],
      ['print', 'light'],
    ] as const) {
      await page.emulateMedia({ media, colorScheme });
      await page.evaluate(axe);
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        'axe.run(document)',
      );
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
      expect([media, colorScheme, found]).toEqual([media, colorScheme, []]);
    }
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    for (const width of [360, 320]) {
      await page.setViewportSize({ width, height: 740 });
      await open(path);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.setViewportSize(WIDE);
  });

  it('met no error', () => expect(errors).toEqual([]));
});

/** A server of its own that has the year at its scale; returns its address. */
async function startWithTheYear(): Promise<string> {
  standalone = await startStandalone();
  const client = new HttpClient(standalone.url, new AbortController().signal);
  for (const what of ['agencies', 'procedures'])
    await client.put(`/v1/catalogue/${what}`, await readFile(`data/cantho/${what}-2018.json`, 'utf8'));
  const replay = cantho2018({ scale: SCALE, seed: 2_018 });
  await sendEvents(client, replay.events);
  await sendEvents(client, replay.aftermath());
  client.close();
  await chainAt(standalone.url).caughtUp();
  return standalone.url;
}

async function open(path: string): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.locator('h1').waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready.then(() => true)');
}

/** The count that the list at an address states. */
async function countOf(href: string): Promise<string | undefined> {
  await page.goto(`${url}${href}`);
  await page.locator('[data-figure="count"]', { hasText: /\d/ }).waitFor();
  return (await page.locator('[data-figure="count"]').innerText()).split(' ')[0];
}

async function seen(selector: string, text: string): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ state: 'attached' });
}

/** Presses Tab until an element that matches has the focus. */
async function tabTo(selector: string): Promise<void> {
  const quoted = JSON.stringify(selector);
  for (let presses = 0; presses < 150; presses++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate<boolean>(`document.activeElement.matches(${quoted})`)) return;
  }
  throw new Error(`150 presses of Tab did not reach ${selector}`);
}
