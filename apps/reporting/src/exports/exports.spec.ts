import { describe, expect, it } from '@jest/globals';
import { civilDay, formatDay, parseDay } from '#libs/dossier';
import { numbersOf, readCsv, readWorkbook, unzip } from '#libs/testing';
import { ListChecksum, reportChecksum } from '../reports/report-checksum.js';
import { csv } from './csv.js';
import { attachment, fileNameOf, plainName } from './file-name.js';
import { formColumns } from './form-06a-table.js';
import { niceEnd } from './paper-charts.js';
import { type Column, headOf, type Table } from './table.js';
import { trendFrom } from './timeliness-pdf.js';
import { columnName, workbook } from './xlsx.js';

interface Row {
  name: string;
  count: number;
  percent: number | null;
  at: string | null;
}
const COLUMNS: Column<Row>[] = [
  { path: ['Tên'], kind: 'text', width: 20, of: ({ name }) => name },
  { path: ['Số', 'Tổng'], kind: 'count', width: 9, of: ({ count }) => count },
  { path: ['Số', 'Tỷ lệ'], kind: 'percent', width: 9, of: ({ percent }) => percent },
  { path: ['Lúc'], kind: 'instant', width: 20, of: ({ at }) => at },
];
const row = (name: string, count = 1, percent: number | null = null, at: string | null = null): Row => ({
  ...{ name, count, percent, at },
});
const tableOf = (...batches: Row[][]): Table<Row> => ({ title: 'Bảng', columns: COLUMNS, rows: batches });

async function bytesOf(parts: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const part of parts) chunks.push(Buffer.from(part));
  return Buffer.concat(chunks);
}

describe('a head of several levels', () => {
  it('shares a heading sideways and stretches a short column down', () => {
    expect(headOf(COLUMNS)).toEqual({
      levels: 2,
      cells: [
        { text: 'Tên', column: 0, columns: 1, level: 0, levels: 2 },
        { text: 'Số', column: 1, columns: 2, level: 0, levels: 1 },
        { text: 'Lúc', column: 3, columns: 1, level: 0, levels: 2 },
        { text: 'Tổng', column: 1, columns: 1, level: 1, levels: 1 },
        { text: 'Tỷ lệ', column: 2, columns: 1, level: 1, levels: 1 },
      ],
    });
  });

  it('is that of the circular for form II.06a', () => {
    const { levels, cells } = headOf(formColumns('domain'));
    expect(levels).toBe(3);
    const over = cells
      .filter(({ columns }) => columns > 1)
      .map(({ text, column, columns }) => [text, column, columns]);
    expect(over).toEqual([
      ['Số lượng hồ sơ tiếp nhận', 2, 4],
      ['Số lượng hồ sơ đã giải quyết', 6, 4],
      ['Số lượng hồ sơ đang giải quyết', 10, 3],
      ['Trong kỳ', 3, 2],
    ]);
  });
});

describe('CSV', () => {
  const written = async (rows: Row[], separator: 'comma' | 'semicolon' = 'comma') =>
    (await bytesOf(csv(tableOf(rows), separator))).toString('utf8');

  it('has a byte order mark, CRLF, one row of headings, and empty cells where nothing is', async () => {
    expect(await written([row('a', 1_234, 99.9)])).toBe(
      '\ufeffTên,Số: Tổng,Số: Tỷ lệ,Lúc\r\na,1234,99.90,\r\n',
    );
  });
  it('has a comma in decimals between semicolons', async () => {
    expect(await written([row('a,b', 1, 99.93)], 'semicolon')).toContain('\r\na,b;1;99,93;\r\n');
  });
  it.each([
    ['=1+1', `'=1+1`],
    ['+84', `'+84`],
    ['-x', `'-x`],
    ['@a', `'@a`],
    ['\t=1', `'\t=1`],
    ['a=1', 'a=1'],
    ['a"b,c\r\nd', 'a"b,c\r\nd'],
    [' a ', ' a '],
  ])('%j reads back as %j', async (text, expected) => {
    expect(readCsv(await written([row(text)]), ',')[1]?.[0]).toBe(expected);
  });
});

describe('a workbook', () => {
  const notes = () => [{ label: 'Từ ngày', value: '2018-01-01', kind: 'date' as const }];
  const read = async (parts: Partial<Parameters<typeof workbook<Row>>[0]> & { table: Table<Row> }) =>
    readWorkbook(await bytesOf(workbook({ rowCount: 1, notesTitle: 'Cách tính', notes, ...parts })));

  it('keeps each cell as its own kind', async () => {
    const [sheet, counted] = await read({
      table: tableOf([row('a & <b>', 7, 99.93, '2018-03-12T18:00:00.000+07:00'), row('=1', 0)]),
    });
    expect(sheet?.cells.get('A3')).toEqual({ value: 'a & <b>', format: '49', quoted: false });
    expect(sheet?.cells.get('A4')).toEqual({ value: '=1', format: '49', quoted: true });
    expect(sheet?.cells.get('C3')).toEqual({ value: 0.9993, format: '10', quoted: false });
    // 12 March 2018 is day 43,171; six in the evening is three quarters of it.
    expect(sheet?.cells.get('D3')).toEqual({
      value: 43_171.75,
      format: 'dd/mm/yyyy\\ hh:mm:ss',
      quoted: false,
    });
    expect(sheet?.cells.has('C4')).toBe(false);
    expect(counted?.cells.get('B1')).toEqual({ value: 43_101, format: 'dd/mm/yyyy', quoted: false });
  });

  it('puts what XML cannot hold aside, and cuts what a cell cannot hold', async () => {
    const [sheet] = await read({ table: tableOf([row('a\u0000b\ud800'), row('x'.repeat(40_000))]) });
    expect(sheet?.cells.get('A3')?.value).toBe('a\ufffdb\ufffd');
    expect(String(sheet?.cells.get('A4')?.value)).toHaveLength(32_767);
  });

  it('goes on in the next sheet, with the same head, and has the total at the end', async () => {
    const rows = Array.from({ length: 5 }, (_, nth) => row(`r${nth}`, nth));
    const sheets = await read({
      table: {
        ...tableOf(rows.slice(0, 2), rows.slice(2, 4), rows.slice(4)),
        total: { label: 'T', row: row('T', 10) },
      },
      ...{ rowCount: 5, rowsOfASheet: 2 },
    });
    expect(sheets.map(({ name }) => name)).toEqual(['Bảng 1', 'Bảng 2', 'Bảng 3', 'Cách tính']);
    expect(
      sheets.slice(0, 3).map(({ rows: read }) => [...read.values()].slice(2).flatMap(numbersOf)),
    ).toEqual([
      [0, 1],
      [2, 3],
      [4, 10],
    ]);
    expect(sheets.map(({ filter }) => filter)).toEqual(['A2:D4', 'A2:D4', 'A2:D3', undefined]);
  });

  it('is an archive that says its sizes and checksums right', async () => {
    const names = [
      ...unzip(await bytesOf(workbook({ table: tableOf([]), rowCount: 0, notesTitle: 'n', notes }))).keys(),
    ];
    expect(names).toContain('[Content_Types].xml');
    expect(names).toContain('xl/sharedStrings.xml');
  });

  it('stops asking for rows when its reader leaves, and lets their source go', async () => {
    let [given, closed] = [0, false];
    async function* endless(): AsyncGenerator<Row[]> {
      try {
        for (;;) {
          given += 1;
          yield await Promise.resolve(Array.from({ length: 100 }, () => row(String(Math.random()))));
        }
      } finally {
        closed = true;
      }
    }
    let bytes = 0;
    const parts = { table: { ...tableOf(), rows: endless() }, rowCount: 1, notesTitle: 'n', notes };
    for await (const chunk of workbook(parts)) {
      bytes += chunk.length;
      if (bytes > 200_000) break;
    }
    const then = given;
    await new Promise((resolve) => setImmediate(resolve));
    expect([closed, given]).toEqual([true, then]);
  });

  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [701, 'ZZ'],
    [702, 'AAA'],
  ])('calls column %d %s', (index, name) => expect(columnName(index)).toBe(name));
});

describe('the name of a file', () => {
  it.each([
    ['Sở Tư pháp', 'so-tu-phap'],
    ['Đăng ký ĐẤT ĐAI: quận Ô Môn', 'dang-ky-dat-dai-quan-o-mon'],
    ['..//"', ''],
  ])('%j is %j', (text, plain) => expect(plainName(text)).toBe(plain));
  it('has no empty parts, and stands in the header as RFC 6266 has it', () => {
    expect(attachment(`${fileNameOf('bieu', undefined, '', '2018')}.pdf`)).toBe(
      'attachment; filename="bieu_2018.pdf"',
    );
  });
});

describe('a checksum', () => {
  const cells = { report: 'r', from: '2018-01-01', to: '2018-12-31', total: { a: 1, b: { c: 2 } }, rows: [] };
  it('does not depend on the order of members, on names or words', () => {
    const same = { ...cells, total: { b: { c: 2 }, a: 1, name: 'Tổng' }, asOf: 'now' };
    expect(reportChecksum(same)).toBe(reportChecksum(cells));
  });
  it.each([
    ['another number', { ...cells, total: { a: 1, b: { c: 3 } } }],
    ['another day', { ...cells, to: '2018-12-30' }],
    ['another report', { ...cells, report: 's' }],
    ['another row', { ...cells, rows: [{ key: 'k', a: 1 }] }],
    ['nothing instead of a number', { ...cells, total: { a: null, b: { c: 2 } } }],
  ])('is another for %s', (_, other) => expect(reportChecksum(other)).not.toBe(reportChecksum(cells)));
  it('of a list does not depend on how it is cut into batches', () => {
    const [whole, cut] = [new ListChecksum(), new ListChecksum()];
    whole.add([[1, null], ['a']]);
    cut.add([[1, null]]);
    cut.add([['a']]);
    expect(cut.digest()).toBe(whole.digest());
  });
});

describe('the picture of the months', () => {
  it.each([
    ['2018-01-01', '2018-12-31', '2018-01-01'],
    ['2018-10-01', '2018-12-31', '2018-10-01'],
    ['2018-11-01', '2018-12-31', '2017-12-01'],
    ['2017-12-15', '2018-12-14', '2017-12-15'],
    ['2017-12-01', '2018-12-31', '2017-12-01'],
    ['2017-11-30', '2018-12-31', '2017-12-01'],
    ['2018-01-01', '2018-01-31', '2017-01-01'],
  ])('of %s to %s begins on %s', (from, to, begin) => {
    const day = (text: string) => parseDay(text) ?? civilDay(1900, 1, 1);
    expect(formatDay(trendFrom(day(from), day(to)))).toBe(begin);
  });
  it.each([
    [0, 1],
    [1, 1],
    [7, 8],
    [999, 1_000],
    [11_294, 12_000],
  ])('for %d has an axis to %d', (value, end) => expect(niceEnd(value)).toBe(end));
});
