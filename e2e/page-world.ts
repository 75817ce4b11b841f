import {
  chainAt,
  type Chain,
  type CloudEventJson,
  formatInstant,
  type Standalone,
  startStandalone,
} from '#libs/testing';
import type { Page } from 'playwright-core';
import { Proxy } from '../chaos/src/proxy.js';
import { type Browser, findChromium, openChromium } from './chromium.js';

/** The Chromium that specs of the page need; null: there is none, which only a continuous build must not accept. */
export function chromiumForPages(): string | null {
  const chromium = findChromium();
  if (chromium === null) {
    if (process.env.CI === 'true') throw new Error('Page tests need a Chromium: set CHROMIUM_PATH.');
    console.warn('SKIPPED: page tests: no Chromium found. Install one or set CHROMIUM_PATH to run them.');
  }
  return chromium;
}

export const SOURCE = 'urn:test:mot-cua';
export const YEAR_2018 = 'ky=nam-2018';
export const HISTORY_CODE = 'H13.40.01-180305-0001';
export const HISTORY_PATH = `/ho-so/${encodeURIComponent(SOURCE)}/${encodeURIComponent(HISTORY_CODE)}`;
export const WIDE = { width: 1280, height: 900 };

/** A port that nobody listens on. */
const NOBODY = 1;

/** A small province on the whole chain, and a browser that looks at it. */
export class PageWorld {
  /** Requests the page made to anyone but its own server. */
  readonly foreign: string[] = [];
  readonly errors: string[] = [];

  private constructor(
    private readonly standalone: Standalone,
    private readonly browser: Browser,
    private readonly network: Proxy,
    readonly chain: Chain,
    readonly page: Page,
  ) {
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.url)) this.foreign.push(request.url());
    });
  }

  static async start(chromium: string): Promise<PageWorld> {
    const standalone = await startStandalone();
    const chain = chainAt(standalone.url);
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
    const browser = await openChromium(chromium);
    const network = await Proxy.open(() => 0);
    const world = new PageWorld(standalone, browser, network, chain, await browser.context.newPage());
    world.reconnect();
    return world;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.network.close();
    await this.standalone.stop();
  }

  /** Where the browser finds the server. */
  get url(): string {
    return `http://127.0.0.1:${this.network.port}`;
  }

  /** From now on the browser does not reach the server; what it had open breaks off. */
  disconnect(): void {
    this.network.leadTo(NOBODY);
    this.network.reset(1);
  }

  reconnect(): void {
    this.network.leadTo(Number(new URL(this.standalone.url).port));
  }

  /** Opens an address of the page and waits until nothing is loading any more. */
  async open(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
    await this.page.locator('h1').waitFor();
    await this.page.locator('.loading').first().waitFor({ state: 'detached' });
    await this.page.evaluate('document.fonts.ready.then(() => true)');
  }

  /** The words of the first element, with ordinary spaces. */
  async textOf(selector: string): Promise<string> {
    return (await this.page.locator(selector).first().innerText()).replaceAll('\u00a0', ' ');
  }

  /** Waits until an element with these words is there. */
  async seen(selector: string, text: string, timeout = 5_000): Promise<void> {
    await this.page
      .locator(selector)
      .filter({ hasText: text })
      .first()
      .waitFor({ state: 'attached', timeout });
  }
}

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
export const dueAtInstant = (code: string, dueAt: number): CloudEventJson =>
  event(code, 'accepted', formatInstant(Date.now() - 30 * 86_400_000), {
    procedure: '2.000908',
    receivingAgency: 'H13.02',
    channel: 'online',
    limit: { amount: 100, unit: 'working-hours' },
    dueAt: formatInstant(dueAt),
  });

export function event(
  code: string,
  type: string,
  time: string,
  data: Record<string, unknown>,
): CloudEventJson {
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
