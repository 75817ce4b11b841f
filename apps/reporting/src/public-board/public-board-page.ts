import { createHash } from 'node:crypto';
import type { PublicCount, PublicRate, PublicReport, PublicRow } from '#libs/contracts';
import { html, Markup } from '../html.js';
import { BOARD_STYLE } from './public-board-style.js';
import { BOARD_WORDS, type BoardWords } from './public-board-words.js';

export type BoardLanguage = keyof typeof BOARD_WORDS;

/** How the reader wants the page: language, and whether it stands in a page of somebody else. */
export interface BoardLook {
  language: BoardLanguage;
  embedded: boolean;
}

/** Where the page can lead to. */
export interface BoardPlaces {
  /** From the top down to the agency shown, which is left out. */
  path: readonly { id: string; name: string }[];
  /** Those of the rows that lead further down. */
  below: readonly string[];
  before: string;
  after: string | null;
}

/** Nothing is loaded and nothing runs; anybody may show it in a frame. */
export const BOARD_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(BOARD_STYLE).digest('base64')}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors *`;

const GOOD_FROM = 98;
const FAIR_FROM = 95;
/** Of fewer no judgement is made. */
const FEW = 30;

/** The public board as a page that needs no script. */
export function boardPage(report: PublicReport, places: BoardPlaces, look: BoardLook): string {
  const words = BOARD_WORDS[look.language];
  const { month, agency } = report;
  const link = (to: { month?: string; agency?: string | null; look?: Partial<BoardLook> }): string =>
    boardAddress(to.month ?? month, to.agency === undefined ? (agency?.id ?? null) : to.agency, {
      ...look,
      ...to.look,
    });
  const name = agency?.name ?? words.all;
  const isEmpty = [report.total.received, report.total.resolved, report.total.overdue].every(
    ({ count }) => count === 0,
  );
  const bounds = `${words.bounds(dayInWords(report.from), dayInWords(report.to))}. ${words.asOf(instantInWords(report.asOf))}.`;
  const table = isEmpty
    ? html`<p>${words.empty}</p>`
    : boardTable(report, words, look.language, (id) =>
        places.below.includes(id) ? link({ agency: id }) : null,
      );
  const title = `${words.title} · ${name} · ${monthInWords(month)}`;
  if (look.embedded) {
    return documentOf(
      look.language,
      title,
      html`<main id="figures">
        <h1>${words.month(monthInWords(month))}: ${vietnamese(name)}</h1>
        ${table}
        <p class="notes">${bounds} ${words.noteSmall(report.suppressed.from, report.suppressed.to)}</p>
        <p>
          <a href="${link({ look: { embedded: false } })}" target="_blank" rel="noopener">${words.whole}</a>
        </p>
      </main>`,
    );
  }
  const other = look.language === 'vi' ? 'en' : 'vi';
  return documentOf(
    look.language,
    title,
    html`<a class="skip" href="#figures">${words.skip}</a>
      <header class="top">
        <strong lang="vi">${words.brand}</strong>
        <a class="screen" href="${link({ look: { language: other } })}" lang="${other}" hreflang="${other}"
          >${words.other}</a
        >
      </header>
      <main>
        ${breadcrumb(places, words, link)}
        <h1>${words.title}</h1>
        <p><strong>${vietnamese(name)} · ${words.month(monthInWords(month))}</strong></p>
        <p class="soft">${bounds}</p>
        <nav class="turn" aria-label="${words.months}">
          <a href="${link({ month: places.before })}" rel="prev"
            >${words.before(monthInWords(places.before))}</a
          >
          ${places.after !== null && html`<a href="${link({ month: places.after })}" rel="next">${words.after(monthInWords(places.after))}</a>`}
          <form action="/congkhai" method="get">
            <label
              >${words.chooseMonth}<input
                type="month"
                name="thang"
                value="${month}"
                required
                pattern="\\d{4}-\\d\\d"
            /></label>
            ${agency && html`<input type="hidden" name="donvi" value="${agency.id}" />`}
            ${look.language === 'en' && html`<input type="hidden" name="lang" value="en" />`}
            <button>${words.show}</button>
          </form>
        </nav>
        ${!isEmpty && summary(report, words, look.language)}
        <div id="figures" tabindex="-1">${table}</div>
        <section class="notes">
          <h2>${words.notes}</h2>
          <p>${words.noteSmall(report.suppressed.from, report.suppressed.to)}</p>
          <p>${words.noteRate}</p>
          <p>${words.noteLights(GOOD_FROM, FAIR_FROM)}</p>
          <p>${words.noteOverdue}</p>
          <p>${words.noteOrder}</p>
        </section>
      </main>
      <footer>
        <p>${words.noteZone} <a class="screen" href="${dataAddress(report)}">${words.data}</a></p>
      </footer>`,
  );
}

/** What is wrong with the address or with us, as a page. */
export function boardFault(fault: 'month' | 'server' | { agency: string }, look: BoardLook): string {
  const words = BOARD_WORDS[look.language];
  const said =
    fault === 'month'
      ? words.faultMonth
      : fault === 'server'
        ? words.faultServer
        : words.faultAgency(fault.agency);
  return documentOf(
    look.language,
    words.faultTitle,
    html`<main id="figures">
      <h1>${words.faultTitle}</h1>
      <p>${said}</p>
      <p><a href="${boardAddress(null, null, look)}">${words.toBoard}</a></p>
    </main>`,
  );
}

export function boardAddress(month: string | null, agency: string | null, look: BoardLook): string {
  const search = new URLSearchParams();
  if (month !== null) search.set('thang', month);
  if (agency !== null) search.set('donvi', agency);
  if (look.language === 'en') search.set('lang', 'en');
  if (look.embedded) search.set('nhung', '1');
  return search.size === 0 ? '/congkhai' : `/congkhai?${search.toString()}`;
}

const dataAddress = ({ month, agency }: PublicReport): string =>
  `/v1/public/timeliness?${new URLSearchParams({ month, ...(agency && { agency: agency.id }) }).toString()}`;

/** To the letter what the policy allows. */
const STYLE = new Markup(`<style>${BOARD_STYLE}</style>`);

const documentOf = (language: BoardLanguage, title: string, body: Markup): string =>
  html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${STYLE}
      </head>
      <body>
        ${body}
      </body>
    </html>`.text.replace(/\n\s+/g, '\n');

function breadcrumb(
  { path }: BoardPlaces,
  words: BoardWords,
  link: (to: { agency: string | null }) => string,
): Markup | false {
  return (
    path.length > 0 &&
    html`<nav class="path" aria-label="${words.place}">
      <ol>
        ${path.map(({ id, name }) => html`<li><a href="${link({ agency: id })}" lang="vi">${name}</a></li> `)}
      </ol>
    </nav>`
  );
}

function summary({ month, total }: PublicReport, words: BoardWords, language: BoardLanguage): Markup {
  const { a } = total.rates;
  const figure = (label: string, value: Markup): Markup =>
    html`<div>
      <dt>${label}</dt>
      <dd>${value}</dd>
    </div>`;
  const dossiers = ({ count }: PublicCount): string =>
    count === null ? `(${words.hidden})` : words.dossiers(numberInWords(count, language));
  const said = words.sentence({
    month: monthInWords(month),
    received: dossiers(total.received),
    resolved: dossiers(total.resolved),
    rate: isRateTold(a) ? rateInWords(a, words, language) : `(${words.hidden})`,
    late: dossiers(total.late),
  });
  return html`<section>
    <h2>${words.summary}</h2>
    <p>${said}</p>
    <dl class="sum">
      ${figure(words.received, countMarkup(total.received, words, language))}
      ${figure(words.resolved, countMarkup(total.resolved, words, language))}
      ${figure(words.rate, rateMarkup(a, words, language))}
      ${figure(words.late, countMarkup(total.late, words, language))}
      ${figure(words.overdue, countMarkup(total.overdue, words, language))}
    </dl>
  </section>`;
}

/** Roles are written out: as cards on a narrow screen the elements alone would be a table to nobody. */
function boardTable(
  report: PublicReport,
  words: BoardWords,
  language: BoardLanguage,
  below: (id: string) => string | null,
): Markup {
  const name = report.agency?.name ?? words.all;
  const headings = [words.agency, words.received, words.resolved, words.rate, words.late, words.overdue];
  const cells = ({ received, resolved, rates, late, overdue }: PublicRow): Markup =>
    html`${[
      countMarkup(received, words, language),
      countMarkup(resolved, words, language),
      rateMarkup(rates.a, words, language),
      countMarkup(late, words, language),
      countMarkup(overdue, words, language),
    ].map(
      (cell, index) => html`<td role="cell" data-label="${headings[index + 1]}"><div>${cell}</div></td>`,
    )}`;
  const row = (one: PublicReport['rows'][number]): Markup => {
    const isOwn = one.key === report.agency?.id;
    const to = isOwn ? null : below(one.key);
    return html`<tr role="row" data-key="${one.key}">
      <th role="rowheader" scope="row">
        ${isOwn ? words.own : to === null ? vietnamese(one.name) : html`<a href="${to}" lang="vi">${one.name}</a>`}
      </th>
      ${cells(one)}
    </tr>`;
  };
  const kinds = [...new Set(report.rows.map(({ kind, key }) => (key === report.agency?.id ? '' : kind)))];
  const groups = kinds.map((kind) => {
    const rows = report.rows.filter((one) => (one.key === report.agency?.id ? '' : one.kind) === kind);
    const heading =
      kinds.length > 1 &&
      kind !== '' &&
      html`<tr class="kind" role="row">
        <th role="rowheader" scope="rowgroup" colspan="6">${words.kinds[kind ?? ''] ?? words.otherKind}</th>
      </tr>`;
    return html`<tbody role="rowgroup">
      ${heading}${rows.map(row)}
    </tbody>`;
  });
  return html`<table role="table">
      <caption>
        ${vietnamese(name)} · ${words.month(monthInWords(report.month))}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${headings.map((heading) => html`<th role="columnheader" scope="col">${heading}</th>`)}
        </tr>
      </thead>
      ${groups}
      <tfoot role="rowgroup">
        <tr role="row">
          <th role="rowheader" scope="row">${words.total}</th>
          ${cells(report.total)}
        </tr>
      </tfoot>
    </table>
    ${report.rows.length === 0 && html`<p>${words.noRows}</p>`}`;
}

const vietnamese = (name: string): Markup => html`<span lang="vi">${name}</span>`;

function countMarkup(count: PublicCount, words: BoardWords, language: BoardLanguage): Markup {
  const said = countInWords(count, words, language);
  return count.suppressed ? html`<span class="hidden">${said}</span>` : html`${said}`;
}

const countInWords = ({ count }: PublicCount, words: BoardWords, language: BoardLanguage): string =>
  count === null ? words.hidden : numberInWords(count, language);

/** The rate, of how many, and what that means: by shape, word and colour. */
function rateMarkup(rate: PublicRate, words: BoardWords, language: BoardLanguage): Markup {
  const said = rateInWords(rate, words, language);
  if (rate.denominator === null || rate.denominator === 0) return html`<span class="hidden">${said}</span>`;
  const n = html`<small>${words.outOf(numberInWords(rate.denominator, language))}</small>`;
  const light = lightOf(rate);
  const value = !isRateTold(rate) ? html`<span class="hidden">${said}</span>` : html`${said}`;
  return html`${value}
  ${light && html`<span class="light ${light}"><span aria-hidden="true">${SHAPES[light]}</span> ${words.lights[light]}</span>`}
  ${rate.denominator < FEW && html`<span class="hidden">${words.few}</span>`} ${n}`;
}

function rateInWords(rate: PublicRate, words: BoardWords, language: BoardLanguage): string {
  if (rate.percent !== null) return percentInWords(rate.percent, language);
  if (!rate.suppressed) return words.none;
  return isRateTold(rate) ? words.atLeast(percentInWords(rate.atLeast ?? 0, language)) : words.hidden;
}

/** A low bound says nothing of the rate and would be read as if it did. */
const isRateTold = ({ suppressed, atLeast }: PublicRate): boolean =>
  !suppressed || (atLeast ?? 0) >= GOOD_FROM;

const SHAPES = { good: '✓', fair: '▲', poor: '✕' } as const;

/** Of a hidden rate only what its lower bound settles. */
function lightOf({ percent, atLeast, denominator }: PublicRate): keyof typeof SHAPES | null {
  if (denominator === null || denominator < FEW) return null;
  if (percent === null) return atLeast !== null && atLeast >= GOOD_FROM ? 'good' : null;
  return percent >= GOOD_FROM ? 'good' : percent >= FAIR_FROM ? 'fair' : 'poor';
}

const numberInWords = (count: number, language: BoardLanguage): string =>
  String(count).replace(/\B(?=(\d{3})+$)/g, language === 'vi' ? '.' : ',');

const percentInWords = (percent: number, language: BoardLanguage): string =>
  `${language === 'vi' ? percent.toFixed(2).replace('.', ',') : percent.toFixed(2)}\u00a0%`;

const dayInWords = (day: string): string => day.split('-').reverse().join('/');
const monthInWords = (month: string): string => month.split('-').reverse().join('/');
const instantInWords = (instant: string): string =>
  `${instant.slice(11, 16)} ${dayInWords(instant.slice(0, 10))}`;
