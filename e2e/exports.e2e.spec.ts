import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { freePort } from '#libs/platform';
import {
  chainAt,
  type Dossier,
  formatInstant,
  fullType,
  numbersOf,
  pollUntil,
  readCsv,
  readWorkbook,
  type Sheet,
  type Standalone,
  startStandalone,
} from '#libs/testing';
import { axeSource, type Browser, findChromium, openChromium } from './chromium.js';
import { hasPoppler, pagesOf, qrOf } from './read-pdf.js';

/** What is downloaded is read back and held against the API, figure by figure, on the demo's year. */

jest.setTimeout(120_000);

const poppler = hasPoppler();
const chromium = findChromium();
for (const [there, what] of [
  [poppler, 'reading of PDF (apt-get install poppler-utils)'],
  [chromium !== null, 'the page (apt-get install chromium, or CHROMIUM_PATH)'],
] as const) {
  if (there) continue;
  if (process.env.CI === 'true') throw new Error(`Tests of exports need ${what}.`);
  console.warn(`SKIPPED in e2e/exports.e2e.spec.ts: ${what}.`);
}
const withPoppler = poppler ? it : it.skip;
const withChromium = chromium === null ? it.skip : it;

interface FormRow {
  received: Record<string, number>;
  resolved: Record<string, number>;
  open: Record<string, number>;
}
interface Form {
  from: string;
  to: string;
  asOf: string;
  total: FormRow;
  rows: (FormRow & { key: string; name: string })[];
  columns: { number: number; group: keyof FormRow; name: string }[];
  identities: { violations: string[] };
}

/** Columns 3 to 13 of a row. */
const columnsOf = (form: Form, row: FormRow): number[] =>
  form.columns.map(({ group, name }) => row[group][name] ?? NaN);

/** Every number of a row of the timeliness report, in the order of the API. */
const leaves = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(leaves)
      : [];

const YEARS = ['period=2018', 'period=2018&bounds=reporting'];
const YEAR = 'from=2018-01-01&to=2018-12-31&agency=H13';

let folder: string;
let running: Standalone | undefined;
let browser: Browser | undefined;
let page: Page;

const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(`${running?.url}${path}`);
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};
const download = async (path: string): Promise<{ headers: Headers; file: Buffer }> => {
  const response = await fetch(`${running?.url}${path}`);
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return { headers: response.headers, file: Buffer.from(await response.arrayBuffer()) };
};
const formFile = (query: string, format: string) =>
  download(`/v1/reports/form-06a/export?${query}&format=${format}`);

/** Values of the sheet that says how it was counted. */
const notesOf = (sheet: Sheet | undefined): Map<string, unknown> =>
  new Map([...(sheet?.rows.values() ?? [])].map((row) => [String(row.get('A')?.value), row.get('B')?.value]));
const totalRow = (sheet: Sheet | undefined, label: string): number[] =>
  numbersOf([...(sheet?.rows.values() ?? [])].find((row) => row.get('B')?.value === label));
/** 1.234 → 1234. */
const figuresIn = (line: string): number[] =>
  line.match(/\d[\d.]*/g)?.map((text) => Number(text.replaceAll('.', ''))) ?? [];

describe('exports of the demo’s year', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dunghan-exports-'));
    const demo = spawn(
      process.execPath,
      [
        'dist/apps/demo/src/main.js',
        '--once',
        '--scale',
        '40',
        '--folder',
        folder,
        '--port',
        String(await freePort()),
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NODE_OPTIONS: '', KAFKA_BROKERS: undefined },
      },
    );
    let said = '';
    for (const stream of [demo.stdout, demo.stderr])
      stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
    const [code] = (await once(demo, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the demo ended with ${code}:\n${said}`);
    running = await startStandalone({ env: { DUNGHAN_DATA_DIR: folder } });
    if (chromium !== null) {
      browser = await openChromium(chromium);
      page = await browser.context.newPage();
    }
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  describe.each(YEARS)('form II.06a, %s', (query) => {
    let form: Form;
    let asOf: string;
    beforeAll(async () => {
      form = await get<Form>(`/v1/reports/form-06a?${query}`);
      asOf = `asOf=${encodeURIComponent(form.asOf)}`;
      expect(form.identities.violations).toEqual([]);
      expect(form.total.received.total).toBeGreaterThan(10_000);
    });

    it('closes on every identity', () => {
      for (const row of [form.total, ...form.rows]) {
        const [c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13] = columnsOf(form, row) as [
          ...[number, number, number, number, number, number],
          ...[number, number, number, number, number],
        ];
        expect([c3, c7, c11, c3]).toEqual([c4 + c5 + c6, c8 + c9 + c10, c12 + c13, c7 + c11]);
      }
    });

    it('says the same in XLSX, row by row, typed, under a head that stays', async () => {
      const { headers, file } = await formFile(`${query}&${asOf}`, 'xlsx');
      const [sheet, notes, ...more] = readWorkbook(file);
      expect(more).toEqual([]);
      expect(totalRow(sheet, 'TỔNG SỐ')).toEqual(columnsOf(form, form.total));
      form.rows.forEach((row, nth) => {
        expect(totalRow(sheet, row.name)).toEqual([nth + 1, ...columnsOf(form, row)]);
      });
      expect([sheet?.cells.get('C5')?.value, sheet?.cells.get('D5')?.value]).toEqual([
        undefined,
        'Trực tuyến',
      ]);
      expect(sheet?.cells.get('C6')?.value).toBe('(3)=(4)+(5)+(6)');
      expect(sheet?.frozenAt).toBe('B7');
      expect(sheet?.filter).toBe(`A6:M${6 + form.rows.length}`);
      expect(sheet?.widths).toBe(13);
      const said = notesOf(notes);
      expect(notes?.name).toBe('Cách tính');
      expect(said.get('Kiểm tra đẳng thức')).toBe('Số liệu khớp');
      expect(said.get('Mã kiểm tra (SHA-256)')).toBe(headers.get('dunghan-checksum'));
      expect(notes?.rows.get(4)?.get('B')?.format).toBe('dd/mm/yyyy');
      expect(headers.get('dunghan-as-of')).toBe(form.asOf);
      expect(headers.get('content-disposition')).toBe(
        `attachment; filename="bieu-II-06a_${form.from}_${form.to}.xlsx"`,
      );
    });

    it('says the same in CSV', async () => {
      const { file } = await formFile(`${query}&${asOf}`, 'csv');
      expect(file.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
      const [head, ...lines] = readCsv(file.toString('utf8'), ',');
      expect(head).toHaveLength(16);
      expect(lines.map((line) => [line[1], ...line.slice(2, 13).map(Number), ...line.slice(13)])).toEqual(
        form.rows.map((row) => [row.name, ...columnsOf(form, row), form.from, form.to, form.asOf]),
      );
    });

    withPoppler(
      'says the same in PDF, lying, its head on every page, and leads back by its QR code',
      async () => {
        const { headers, file } = await formFile(`${query}&${asOf}`, 'pdf');
        const pages = pagesOf(file);
        const lines = pages.join('\n').split('\n');
        const printed = (name: string) =>
          lines.find((line) => new RegExp(`^\\s*(\\d+\\s+)?${name}\\s`).test(line));
        expect(figuresIn(printed('TỔNG SỐ') ?? '')).toEqual(columnsOf(form, form.total));
        form.rows.forEach((row, nth) => {
          expect(figuresIn(printed(row.name) ?? '')).toEqual([nth + 1, ...columnsOf(form, row)]);
        });
        pages.forEach((text, nth) => {
          expect(text).toContain('Số lượng hồ sơ đang giải quyết');
          expect(text).toContain(`Trang ${nth + 1}/${pages.length}`);
          expect(text).toContain(headers.get('dunghan-checksum'));
          expect(text).toContain('lịch làm việc: phiên bản 1');
        });
        const address = new URL(qrOf(file));
        expect(address.origin).toBe(running?.url);
        expect(Object.fromEntries(address.searchParams)).toEqual({
          tu: form.from,
          den: form.to,
          luc: form.asOf,
        });
      },
    );

    withChromium('says the same on the page that the QR code leads to', async () => {
      const search = new URLSearchParams({ tu: form.from, den: form.to, luc: form.asOf });
      await page.goto(`${running?.url}/bieu-mau/06a?${search.toString()}`);
      await page.locator('.form-table tfoot td[data-column="13"]').waitFor();
      const shown = await page.locator('.form-table tfoot td[data-column]').allInnerTexts();
      expect(shown.map((text) => Number(text.replaceAll('.', '')))).toEqual(columnsOf(form, form.total));
      expect(await page.locator('.identities .light.good').count()).toBe(5);
    });
  });

  it('has one checksum for the same figures, whatever the format, and another for others', async () => {
    const sums = await Promise.all(
      ['xlsx', 'csv', 'pdf'].map(async (format) => (await formFile(YEARS[0] ?? '', format)).headers),
    );
    const [first, ...rest] = sums.map((headers) => headers.get('dunghan-checksum'));
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(rest).toEqual([first, first]);
    const other = await formFile(YEARS[1] ?? '', 'csv');
    expect(other.headers.get('dunghan-checksum')).not.toBe(first);
  });

  it('counts group 2.1 of QĐ 766 from the same figures as the report', async () => {
    interface Rates {
      a: object;
      c: { percent: number; numerator: number; denominator: number };
    }
    const { total, asOf } = await get<{ asOf: string; total: { rates: Rates } }>(
      `/v1/reports/timeliness?${YEAR}`,
    );
    const index = await get<{
      total: { ratio: object; rateA: object; points: number; inputs: { count: number; decision: string }[] };
      rows: unknown[];
      identities: { violations: string[] };
    }>(`/v1/reports/decision-766?${YEAR}&by=agency&asOf=${encodeURIComponent(asOf)}`);
    expect(index.identities.violations).toEqual([]);
    expect([index.total.ratio, index.total.rateA]).toEqual([total.rates.c, total.rates.a]);
    const { numerator, denominator } = total.rates.c;
    expect(index.total.points).toBeCloseTo((20 * numerator) / denominator, 1);
    const below = index.total.inputs.filter(({ decision }) => decision !== 'none');
    expect(below.reduce((sum, { count }) => sum + count, 0)).toBe(denominator);
    expect(index.rows).toHaveLength(28);
  });

  it.each(['agency', 'procedure', 'domain', 'channel', 'month'])(
    'has every figure of the timeliness report by %s in XLSX, and its total',
    async (by) => {
      interface Report {
        asOf: string;
        total: object & { rates: Record<string, { percent: number | null }> };
        rows: (object & { key: string })[];
      }
      const report = await get<Report>(`/v1/reports/timeliness?${YEAR}&by=${by}`);
      const query = `${YEAR}&by=${by}&asOf=${encodeURIComponent(report.asOf)}&format=xlsx`;
      const [sheet, notes] = readWorkbook((await download(`/v1/reports/timeliness/export?${query}`)).file);
      const shares = (row: object): number[] => {
        const { rates, ...counts } = row as Report['total'];
        return [
          ...leaves(counts),
          // A share of one under a format of percent; nothing where there is nothing to divide by.
          ...Object.values(rates).flatMap((rate) =>
            leaves(
              rate.percent === null ? rate : { ...rate, percent: Math.round(rate.percent * 100) / 10_000 },
            ),
          ),
        ];
      };
      const rows = [...(sheet?.rows.values() ?? [])];
      for (const row of report.rows) {
        const line = rows.find((cells) => cells.get('A')?.value === row.key);
        expect([row.key, numbersOf(line)]).toEqual([row.key, shares(row)]);
      }
      expect(totalRow(sheet, 'Tổng số')).toEqual(shares(report.total));
      expect(rows).toHaveLength(3 + report.rows.length + 1);
      const percents = [...(sheet?.cells.values() ?? [])].filter(({ format }) => format === '10');
      expect(percents.length).toBeGreaterThan(report.rows.length);
      expect(notesOf(notes).get('Đơn vị')).toBe('Thành phố Cần Thơ');
    },
  );

  withPoppler('sums the timeliness report up on two pages, in both languages', async () => {
    const report = await get<{ total: { resolved: { total: number; late: number } } }>(
      `/v1/reports/timeliness?${YEAR}`,
    );
    for (const [lang, words, mark] of [
      ['vi', ['Báo cáo tiến độ', 'Diễn biến theo tháng', 'Trang 1/2'], '.'],
      ['en', ['Timeliness of administrative procedures', 'Month by month', 'Page 1/2'], ','],
    ] as const) {
      const { file } = await download(
        `/v1/reports/timeliness/export?${YEAR}&by=agency&format=pdf&lang=${lang}`,
      );
      const pages = pagesOf(file);
      expect(pages).toHaveLength(2);
      for (const word of words) expect(pages[0]).toContain(word);
      const total = String(report.total.resolved.total).replace(/\B(?=(\d{3})+$)/g, mark);
      expect(pages[0]).toContain(total);
      expect(pages[1]).toMatch(new RegExp(`(Tổng số|Total)\\s.*${total.replace('.', '\\.')}`));
      // The address of the same document: whoever follows it reads the same.
      const again = Buffer.from(await (await fetch(qrOf(file))).arrayBuffer());
      expect(pagesOf(again)).toEqual(pages);
    }
  });

  it('has every dossier of the list in CSV and XLSX, in its order', async () => {
    const chain = chainAt(running?.url ?? '');
    const dossiers = await chain.list({ timeliness: 'late' }, 500);
    expect(dossiers.length).toBeGreaterThan(5);
    const { headers, file } = await download(
      '/v1/dossiers/export?timeliness=late&format=csv&separator=semicolon',
    );
    const [head, ...lines] = readCsv(file.toString('utf8'), ';');
    const at = (title: string) => head?.indexOf(title) ?? -1;
    const facts = (dossier: Dossier) => [
      dossier.code,
      dossier.dueOn,
      dossier.resolvedAt,
      dossier.overdueFrom,
    ];
    const columns = ['Mã hồ sơ', 'Ngày hạn trả', 'Giải quyết lúc', 'Quá hạn từ'].map(at);
    expect(lines.map((line) => columns.map((column) => line[column]))).toEqual(dossiers.map(facts));
    expect(headers.get('dunghan-rows')).toBe(String(dossiers.length));

    const book = await download('/v1/dossiers/export?timeliness=late&format=xlsx');
    const [sheet, notes] = readWorkbook(book.file);
    const rows = [...(sheet?.rows.values() ?? [])].slice(1);
    expect(rows.map((row) => row.get('A')?.value)).toEqual(dossiers.map(({ code }) => code));
    // A spreadsheet counts days from 30 December 1899, on Vietnam's clock.
    const serial = (text: string) => Date.parse(`${text.slice(0, 23)}Z`) / 86_400_000 + 25_569;
    dossiers.forEach((dossier, nth) => {
      expect(rows[nth]?.get('W')?.value).toBeCloseTo(serial(dossier.resolvedAt ?? ''), 8);
      expect(rows[nth]?.get('W')?.format).toBe('dd/mm/yyyy\\ hh:mm:ss');
    });
    expect(notesOf(notes).get('Số dòng')).toBe(dossiers.length);
  });

  it('has the list as it was known at an instant, and says so', async () => {
    const asOf = formatInstant(Date.now() - 1);
    const none = '2017-01-01T09:30:00.000+07:00';
    const dossiers = await chainAt(running?.url ?? '').list({ timeliness: 'late' }, 500, Date.parse(asOf));
    const query = '/v1/dossiers/export?timeliness=late';
    const { headers, file } = await download(`${query}&format=csv&asOf=${encodeURIComponent(asOf)}`);
    const [head, ...lines] = readCsv(file.toString('utf8'), ',');
    const column = (title: string) => lines.map((line) => line[head?.indexOf(title) ?? -1]);
    expect(column('Mã hồ sơ')).toEqual(dossiers.map(({ code }) => code));
    expect(new Set(column('Tính đến'))).toEqual(new Set([asOf]));
    expect(headers.get('dunghan-as-of')).toBe(asOf);

    const before = await download(`${query}&format=xlsx&asOf=${encodeURIComponent(none)}`);
    expect(before.headers.get('dunghan-as-of')).toBe(none);
    expect(before.headers.get('content-disposition')).toContain('_2017-01-01_093000.xlsx');
    const [sheet, notes] = readWorkbook(before.file);
    expect(sheet?.rows.size).toBe(1);
    expect(notesOf(notes).get('Số dòng')).toBe(0);
    // A spreadsheet counts days from 30 December 1899, on Vietnam's clock.
    expect(notesOf(notes).get('Tính đến')).toBeCloseTo(42_736 + 9.5 / 24, 8);
  });

  it.each([
    ['/v1/reports/form-06a/export?period=2018', ['/format']],
    [
      '/v1/reports/form-06a/export?format=doc&period=2018-Q9&by=month&lang=fr',
      ['/by', '/format', '/lang', '/period'],
    ],
    ['/v1/dossiers/export?format=pdf&state=lost&limit=5', ['/format', '/limit', '/state']],
    [`/v1/reports/timeliness/export?format=xlsx&separator=comma&from=2018-01-01`, ['/separator', '/to']],
    ['/v1/reports/timeliness/export?format=csv&format=pdf&from=2018-01-01&to=2018-01-02', ['/format']],
  ])('refuses %s and names all that is wrong', async (path, pointers) => {
    const response = await fetch(`${running?.url}${path}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const { errors } = (await response.json()) as { errors: { pointer: string }[] };
    expect([...new Set(errors.map(({ pointer }) => pointer))].sort()).toEqual(pointers);
  });

  it('stops writing for whoever goes away, writes four lists at once, and then again', async () => {
    const outcomes = async (): Promise<string> => {
      const text = await (await fetch(`${running?.url}/metrics`)).text();
      return /dossier_exports_total\{kind="dossiers",outcome="left"[^}]*\} (\d+)/.exec(text)?.[1] ?? '';
    };
    const before = Number(await outcomes());
    // Readers that ask and then do not read: the files wait for them, in the sockets and nowhere else.
    const { hostname, port } = new URL(running?.url ?? '');
    const readers: Socket[] = [];
    for (let nth = 0; nth < 4; nth += 1) {
      const socket = connect(Number(port), hostname).pause();
      socket.write('GET /v1/dossiers/export?format=csv HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'readable');
      readers.push(socket);
    }
    const refused = await fetch(`${running?.url}/v1/dossiers/export?format=csv`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    await refused.body?.cancel();
    for (const socket of readers) socket.destroy();
    await pollUntil('all four writings stopped', 20_000, async () => Number(await outcomes()) === before + 4);
    const { headers, file } = await download('/v1/dossiers/export?format=csv');
    expect(readCsv(file.toString('utf8'), ',')).toHaveLength(Number(headers.get('dunghan-rows')) + 1);
  });

  withChromium('downloads from the page what is on the page', async () => {
    await page.goto(`${running?.url}/bieu-mau/06a?kybc=2018&theo=don-vi`);
    await page.locator('.form-table tfoot td[data-column="13"]').waitFor();
    const shown = await page.locator('.form-table tfoot td[data-column]').allInnerTexts();
    const [kept] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.downloads a', { hasText: 'XLSX' }).click(),
    ]);
    expect(kept.suggestedFilename()).toBe('bieu-II-06a_thanh-pho-can-tho_2018-01-01_2018-12-31.xlsx');
    const [sheet] = readWorkbook(await readFile(await kept.path()));
    expect(totalRow(sheet, 'TỔNG SỐ')).toEqual(shown.map((text) => Number(text.replaceAll('.', ''))));
  });

  withChromium('downloads from the page the list that is on it, whole', async () => {
    await page.goto(`${running?.url}/danh-sach?ky=nam-2018&muc=tre-han`);
    await page.locator('.list-count', { hasText: /\d/ }).waitFor();
    const count = Number(
      (await page.locator('.list-count').innerText()).replaceAll('.', '').match(/\d+/)?.[0],
    );
    const [kept] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.downloads a', { hasText: 'CSV' }).click(),
    ]);
    expect(kept.suggestedFilename()).toMatch(/^danh-sach-ho-so_.*\.csv$/);
    const lines = (await readFile(await kept.path(), 'utf8')).trimEnd().split('\r\n');
    expect(count).toBeGreaterThan(0);
    expect(lines).toHaveLength(count + 1);
    await page.locator('.downloads [role="status"]:empty').waitFor({ state: 'attached' });
  });

  withChromium('composes a form by keyboard, and the address holds it', async () => {
    await page.goto(`${running?.url}/bieu-mau/06a`);
    await page.locator('.composer').waitFor();
    await page.getByRole('combobox', { name: 'Kỳ', exact: true }).selectOption('Q1');
    await page.getByRole('textbox', { name: 'Năm' }).fill('2018');
    await page.getByRole('combobox', { name: 'Cách cắt kỳ' }).selectOption('reporting');
    await page.getByRole('textbox', { name: 'Năm' }).press('Enter');
    await page.locator('.bounds', { hasText: '15/12/2017 – 14/03/2018' }).waitFor();
    expect(new URL(page.url()).search).toBe('?donvi=H13&theo=linh-vuc&kybc=2018-Q1&moc=15-14');
    await page.getByRole('textbox', { name: 'Năm' }).fill('18');
    await page.getByRole('textbox', { name: 'Năm' }).press('Enter');
    expect(await page.locator('.composer .fault').innerText()).toContain('1900');
  });

  withChromium(
    'has no accessibility violations, fits 320 px, and lies on its paper without controls',
    async () => {
      const axe = await axeSource();
      for (const path of [
        '/bieu-mau/06a?kybc=2018&moc=15-14',
        '/bieu-mau/06a?kybc=2018&theo=don-vi&lang=en',
      ]) {
        await page.setViewportSize({ width: 320, height: 740 });
        await page.goto(`${running?.url}${path}`);
        await page.locator('.form-table tfoot td[data-column="13"]').waitFor();
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(320);
        await page.setViewportSize({ width: 1280, height: 900 });
        for (const [media, colorScheme] of [
          ['screen', 'light'],
          ['screen', 'dark'],
          ['print', 'dark'],
        ] as const) {
          await page.emulateMedia({ media, colorScheme });
          await page.evaluate(axe);
          const { violations } = await page.evaluate<{
            violations: { id: string; nodes: { html: string }[] }[];
          }>('axe.run(document)');
          expect([media, colorScheme, violations.map(({ id, nodes }) => [id, nodes[0]?.html])]).toEqual([
            ...[media, colorScheme, []],
          ]);
        }
        expect(await page.locator('.composer:visible, .downloads:visible, button:visible').count()).toBe(0);
        await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
      }
    },
  );

  // Last: it adds dossiers to the demo's.
  it('writes what begins like a formula as text', async () => {
    const chain = chainAt(running?.url ?? '');
    const source = 'urn:test:formulas';
    const codes = ['=HYPERLINK("x")', '+84', '-1', '@SUM(A1)', 'a;b "c"', '_x0041_<&>'];
    await chain.post(
      codes.map((code, nth) => ({
        ...{ specversion: '1.0', source, id: `formula-${nth}`, type: fullType('submitted'), subject: code },
        time: '2018-03-05T08:00:00.000+07:00',
        data: { procedure: '9.010010', receivingAgency: 'H13', channel: 'counter' },
      })),
    );
    await chain.caughtUp();
    const query = '/v1/dossiers/export?state=submitted';
    const { file } = await download(`${query}&format=csv`);
    const written = readCsv(file.toString('utf8'), ',').map(([code]) => code);
    for (const code of codes) expect(written).toContain(/^[=+\-@]/.test(code) ? `'${code}` : code);
    const [sheet] = readWorkbook((await download(`${query}&format=xlsx`)).file);
    const cells = [...(sheet?.cells.values() ?? [])];
    for (const code of codes) {
      const text = code.replace('_x0041_', '_x005F_x0041_');
      expect(cells.find(({ value }) => value === text)).toEqual({
        ...{ value: text, format: '49', quoted: /^[=+\-@]/.test(code) },
      });
    }
  });
});
