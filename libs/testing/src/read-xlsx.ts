import { inflateRawSync } from 'node:zlib';

/** A second, small reading of workbooks: what an export holds, not what its writer meant. */
export interface SheetCell {
  value: string | number | boolean;
  /** Format code of the number, by id or as the workbook defines it. */
  format: string;
  quoted: boolean;
}
export interface Sheet {
  name: string;
  /** Cells by reference, e.g. `B7`. */
  cells: Map<string, SheetCell>;
  rows: Map<number, Map<string, SheetCell>>;
  /** Row and column behind which the sheet moves. */
  frozenAt: string | undefined;
  filter: string | undefined;
  widths: number;
}

/** Files of a ZIP archive by name, found through its directory, their checksums by Node. */
export function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from('504b0506', 'hex'));
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let nth = 0; nth < archive.readUInt16LE(end + 10); nth += 1) {
    const [compressed, size] = [archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 24)];
    const [name, extra, comment] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const local = archive.readUInt32LE(at + 42);
    const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = inflateRawSync(archive.subarray(begin, begin + compressed));
    if (content.length !== size) throw new Error('a file of the archive has another size than it says');
    files.set(archive.toString('utf8', at + 46, at + 46 + name), content);
    at += 46 + name + extra + comment;
  }
  return files;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
const plain = (xml: string): string =>
  xml.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => ENTITIES[name] ?? '');
const all = (xml: string, pattern: RegExp): RegExpExecArray[] => [...xml.matchAll(pattern)];

/** The sheets of a workbook in their order. */
export function readWorkbook(archive: Buffer): Sheet[] {
  const files = unzip(archive);
  const file = (name: string): string => {
    const content = files.get(name);
    if (!content) throw new Error(`the workbook has no ${name}`);
    return content.toString('utf8');
  };
  const shared = all(file('xl/sharedStrings.xml'), /<si><t[^>]*>([^]*?)<\/t><\/si>/g).map(([, text]) =>
    plain(text ?? ''),
  );
  const styles = file('xl/styles.xml');
  const formats = new Map(
    all(styles, /<numFmt numFmtId="(\d+)" formatCode="([^"]*)"/g).map(([, id, code]) => [id, code]),
  );
  const looks = all(/<cellXfs[^]*<\/cellXfs>/.exec(styles)?.[0] ?? '', /<xf numFmtId="(\d+)"([^>]*)>/g).map(
    ([, id = '', rest = '']) => ({ format: formats.get(id) ?? id, quoted: rest.includes('quotePrefix="1"') }),
  );
  return all(file('xl/workbook.xml'), /<sheet name="([^"]*)"/g).map(([, name], nth) => {
    const xml = file(`xl/worksheets/sheet${nth + 1}.xml`);
    const cells = new Map<string, SheetCell>();
    const rows = new Map<number, Map<string, SheetCell>>();
    for (const [, ref = '', style, type, content = ''] of all(
      xml,
      /<c r="([A-Z]+\d+)" s="(\d+)"(?: t="(\w+)")?>([^]*?)<\/c>/g,
    )) {
      const inner = plain(/<(?:v|t)[^>]*>([^]*?)<\/(?:v|t)>/.exec(content)?.[1] ?? '');
      const look = looks[Number(style)];
      const value =
        type === 's'
          ? (shared[Number(inner)] ?? '')
          : type === 'inlineStr'
            ? inner
            : type === 'b'
              ? inner === '1'
              : Number(inner);
      const cell = { value, format: look?.format ?? '', quoted: look?.quoted ?? false };
      cells.set(ref, cell);
      const row = Number(ref.replace(/\D/g, ''));
      const ofRow = rows.get(row) ?? new Map<string, SheetCell>();
      rows.set(row, ofRow.set(ref.replace(/\d/g, ''), cell));
    }
    return {
      ...{ name: plain(name ?? ''), cells, rows },
      frozenAt: /<pane [^>]*topLeftCell="([A-Z]+\d+)"[^>]*state="frozen"/.exec(xml)?.[1],
      filter: /<autoFilter ref="([^"]+)"/.exec(xml)?.[1],
      widths: all(xml, /<col [^>]*width=/g).length,
    };
  });
}

/** The cells of a row that hold numbers, from left to right. */
export const numbersOf = (row: Map<string, SheetCell> | undefined): number[] =>
  [...(row ?? new Map<string, SheetCell>()).values()].flatMap(({ value }) =>
    typeof value === 'number' ? [value] : [],
  );

/** Lines of CSV as RFC 4180 has them, byte order mark taken off. */
export function readCsv(text: string, separator: string): string[][] {
  const lines: string[][] = [];
  let [line, cell, quoted]: [string[], string, boolean] = [[], '', false];
  const body = text.replace(/^\ufeff/, '');
  for (let at = 0; at < body.length; at += 1) {
    const char = body[at] ?? '';
    if (quoted) {
      if (char !== '"') cell += char;
      else if (body[at + 1] === '"') cell += body[(at += 1)] ?? '';
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === separator) [line, cell] = [[...line, cell], ''];
    else if (char === '\r' && body[at + 1] === '\n') {
      lines.push([...line, cell]);
      [line, cell] = [[], ''];
      at += 1;
    } else cell += char;
  }
  if (cell !== '' || line.length > 0) throw new Error('the last line does not end');
  return lines;
}
