import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { axeSource } from './chromium.js';
import { chromiumForPages, HISTORY_PATH, PageWorld, SOURCE, WIDE, YEAR_2018 } from './page-world.js';

/** WCAG 2.2 AA on every view, by axe and by what axe cannot see: reflow, keyboard, focus, targets, motion. */

jest.setTimeout(60_000);

/** Every view there is, in the states that look different. A new view is a line here. */
const VIEWS: [name: string, path: string][] = [
  ['overview', `/?${YEAR_2018}`],
  ['overview in English, procedures', `/?${YEAR_2018}&donvi=H13.40.01&lang=en`],
  ['overview with nothing there yet', '/?tu=2017-01-01&den=2017-12-31'],
  ['overview of an unknown agency', '/?donvi=nobody'],
  ['overdue and due soon', '/theo-doi'],
  ['list behind a figure', `/danh-sach?${YEAR_2018}&muc=da-giai-quyet`],
  ['list with nothing in it, in English', '/danh-sach?tu=2017-01-01&den=2017-12-31&muc=tre-han&lang=en'],
  ['reports', '/bao-cao'],
  ['report being put together', `/bao-cao?${YEAR_2018}&loai=tien-do`],
  ['issued report that there is not', '/bao-cao/BC-2018-0001'],
  ['form II.06a', '/bieu-mau/06a?kybc=2018'],
  ['dossier', HISTORY_PATH],
  [
    'dossier opened from a list',
    `${HISTORY_PATH}?ve=${encodeURIComponent(`/danh-sach?${YEAR_2018}&muc=tre-han`)}`,
  ],
  ['unknown dossier', `/ho-so/${encodeURIComponent(SOURCE)}/none`],
  ['unknown address', '/nowhere'],
  ['public board', '/congkhai?thang=2018-03'],
  ['public board in English, of a district', '/congkhai?thang=2018-03&donvi=H13.40&lang=en'],
  ['public board in a page of somebody else', '/congkhai?thang=2018-03&nhung=1'],
  ['public board of an unknown agency', '/congkhai?donvi=nobody'],
];
const LOOKS = [
  ['screen', 'light'],
  ['screen', 'dark'],
  ['print', 'dark'],
] as const;

const chromium = chromiumForPages();
(chromium ? describe : describe.skip)('every view', () => {
  let world: PageWorld;
  let page: Page;
  let axe: string;

  beforeAll(async () => {
    axe = await axeSource();
    world = await PageWorld.start(chromium ?? '');
    page = world.page;
  }, 120_000);
  afterAll(() => world?.stop(), 30_000);
  beforeEach(async () => {
    world.reconnect();
    await page.setViewportSize(WIDE);
    await page.emulateMedia({ media: 'screen', colorScheme: 'light', reducedMotion: 'no-preference' });
  });

  describe.each(VIEWS)('%s', (_, path) => {
    it('has nothing that axe objects to, light, dark or printed', async () => {
      await world.open(path);
      for (const [media, colorScheme] of LOOKS) {
        await page.emulateMedia({ media, colorScheme });
        expect({ media, colorScheme, found: await page.evaluate(RUN_AXE(axe, media)) }).toEqual({
          ...{ media, colorScheme },
          found: [],
        });
      }
    });

    it('needs no scrolling sideways from 320 to 2560 px, nor with text set wide', async () => {
      for (const width of [320, 360, 768, 2_560]) {
        await page.setViewportSize({ width, height: 740 });
        await world.open(path);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        await page.evaluate(SPACE_TEXT);
        expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
      }
    });

    it('lets the keyboard reach every control in their order, and shows where it is', async () => {
      await world.open(path);
      const controls = await page.evaluate<string[]>(CONTROL_NAMES);
      expect(controls.length).toBeGreaterThan(0);
      const reached: string[] = [];
      let last = -1;
      // A field for a date is several stops.
      for (
        let presses = 0;
        reached.length < controls.length && presses < controls.length * 2 + 10;
        presses += 1
      ) {
        await page.keyboard.press('Tab');
        const { index, fault } = await page.evaluate<Focused>(FOCUSED);
        expect([controls[index], fault]).toEqual([controls[index], null]);
        if (index !== last) reached.push(controls[index] ?? 'something that is no control');
        last = index;
      }
      expect(reached).toEqual(controls);
    });

    it('has targets of at least 24 px', async () => {
      for (const size of [WIDE, { width: 320, height: 740 }]) {
        await page.setViewportSize(size);
        await world.open(path);
        expect(await page.evaluate(SMALL_TARGETS)).toEqual([]);
      }
    });

    it('stands still for whoever wants no motion', async () => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await world.open(path);
      expect(await page.evaluate('document.getAnimations().length')).toBe(0);
      expect(await page.evaluate(MOVING)).toEqual([]);
    });
  });

  it.each(['/', '/theo-doi'])(
    '%s has nothing that axe objects to while the connection is lost',
    async (path) => {
      await world.open(path);
      await page.locator('.pulse.open').waitFor();
      world.disconnect();
      await page.locator('[data-stale="live"]').waitFor();
      for (const [media, colorScheme] of LOOKS) {
        await page.emulateMedia({ media, colorScheme });
        expect(await page.evaluate(RUN_AXE(axe, media))).toEqual([]);
      }
    },
  );
});

/** What runs in the page is text: its types are the browser's. Paper has no targets. */
const RUN_AXE = (axe: string, media: string): string => `${axe};
  axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: { 'target-size': { enabled: ${media === 'screen'} } },
  }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' | ')))`;

/** Text spacing as WCAG 1.4.12 has it, whatever the page allows to be added to it. */
const SPACE_TEXT = `{
  const style = new CSSStyleSheet();
  style.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }');
  document.adoptedStyleSheets.push(style);
}`;

interface Focused {
  /** Which of the controls. */
  index: number;
  /** What is wrong with it as the place of the focus. */
  fault: string | null;
}

const HELPERS = `
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });
  const controls = () =>
    [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
      .filter((element) => !element.disabled && isSeen(element));
  const nameOf = (element) =>
    element.tagName.toLowerCase() + ' ' + (element.getAttribute('aria-label') ?? element.innerText ?? '').trim().slice(0, 60) + (element.name ?? '');
`;

const CONTROL_NAMES = `(() => { ${HELPERS} return controls().map(nameOf); })()`;

const FOCUSED = `(() => { ${HELPERS}
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const fault =
    element === document.body ? 'nothing has the focus'
    : outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? 'no outline'
    : box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth ? 'outside the window'
    : !element.contains(top) && !top?.contains(element) ? 'covered by ' + nameOf(top)
    : null;
  return { index: controls().indexOf(element), fault };
})()`;

/** Links within a sentence are as high as its line. */
const SMALL_TARGETS = `(() => { ${HELPERS}
  return controls()
    .filter((element) => getComputedStyle(element).display !== 'inline')
    .map((element) => [nameOf(element), element.getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([name, { width, height }]) => name + ': ' + width + ' × ' + height);
})()`;

const MOVING = `[...document.querySelectorAll('*')]
  .filter((element) => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    return animationName !== 'none' || transitionDuration !== '0s';
  })
  .map((element) => element.outerHTML.slice(0, 100))`;
