import { type Cell, type CellKind, type Column, headOf, type Note, type Table } from './table.js';
import { zip, type ZipEntry } from './zip.js';

/** Excel's sheets hold 1,048,576 rows; the rest is for the head, the total and the batch that fills the last. */
const ROWS_OF_A_SHEET = 1_000_000;
/** What a cell can hold. */
const MOST_CHARACTERS = 32_767;
/** Texts that come again and again (agencies, procedures) are kept once; beyond so many, texts stand where they are. */
const MOST_SHARED = 5_000;
/** Longer ones seldom come again. */
const LONGEST_SHARED = 200;
/** Text is put together in pieces of this size, so that compression is not fed by the line. */
const PIECE = 128 * 1024;

export interface WorkbookParts<Row> {
  table: Table<Row>;
  /** Lines above the head, e.g. the name of the form. */
  above?: readonly string[];
  /** How many rows there are, where that is known: decides how many sheets. */
  rowCount: number;
  /** Rows after which the next sheet begins. */
  rowsOfASheet?: number;
  notesTitle: string;
  /** Asked for when all rows are written, so that it can tell what they came to. */
  notes: () => readonly Note[];
}

/**
 * A workbook as it is made (Office Open XML): the rows, with frozen head, filters and widths; then the notes. Cells are
 * typed. What begins like a formula is text, and stays so when it is edited. Nothing is kept but some shared texts.
 */
export function workbook<Row>(parts: WorkbookParts<Row>): AsyncGenerator<Buffer> {
  const { table, above = [], rowCount, rowsOfASheet = ROWS_OF_A_SHEET, notes, notesTitle } = parts;
  const sheets = Math.max(1, Math.ceil(rowCount / rowsOfASheet));
  const source = batchesOf(table.rows);
  const shared = new SharedTexts();
  const names = [
    ...Array.from({ length: sheets }, (_, nth) =>
      sheetName(sheets === 1 ? table.title : `${table.title} ${nth + 1}`),
    ),
    sheetName(notesTitle),
  ];
  const entries: ZipEntry[] = [
    { name: '[Content_Types].xml', content: () => [contentTypes(names.length)] },
    { name: '_rels/.rels', content: () => [PACKAGE_RELATIONS] },
    { name: 'xl/workbook.xml', content: () => [workbookXml(names)] },
    { name: 'xl/_rels/workbook.xml.rels', content: () => [workbookRelations(names.length)] },
    { name: 'xl/styles.xml', content: () => [STYLES] },
    ...Array.from({ length: sheets }, (_, nth) => ({
      name: `xl/worksheets/sheet${nth + 1}.xml`,
      content: () => sheetXml(table, above, source, shared, nth === sheets - 1 ? Infinity : rowsOfASheet),
    })),
    { name: `xl/worksheets/sheet${sheets + 1}.xml`, content: () => notesXml(notes(), shared) },
    // Last: only now is it known what was shared.
    { name: 'xl/sharedStrings.xml', content: () => shared.xml() },
  ];
  return closing(zip(entries), () => source.return(undefined));
}

/** Whoever stops reading between two sheets has no loop over the rows running: they are told here. */
async function* closing(made: AsyncGenerator<Buffer>, close: () => Promise<unknown>): AsyncGenerator<Buffer> {
  try {
    yield* made;
  } finally {
    await close();
  }
}

async function* batchesOf<Row>(rows: Table<Row>['rows']): AsyncGenerator<readonly Row[], undefined> {
  yield* rows;
  return undefined;
}

/** The texts of a workbook that stand in it once. */
class SharedTexts {
  private readonly indexes = new Map<string, number>();

  /** The rest of a cell behind its place and look. */
  cell(text: string): string {
    let index = this.indexes.get(text);
    if (index === undefined) {
      if (text.length > LONGEST_SHARED || this.indexes.size >= MOST_SHARED)
        return ` t="inlineStr"><is>${textXml(text)}</is></c>`;
      index = this.indexes.size;
      this.indexes.set(text, index);
    }
    return ` t="s"><v>${index}</v></c>`;
  }

  *xml(): Generator<string> {
    yield `${XML}<sst xmlns="${MAIN}" uniqueCount="${this.indexes.size}">`;
    for (const text of this.indexes.keys()) yield `<si>${textXml(text)}</si>`;
    yield '</sst>';
  }
}

async function* sheetXml<Row>(
  table: Table<Row>,
  above: readonly string[],
  source: AsyncGenerator<readonly Row[], undefined>,
  shared: SharedTexts,
  /** How many rows to take at least; all that are left for the last sheet. */
  rowsOfASheet: number,
): AsyncGenerator<string> {
  const { columns, total } = table;
  const head = headOf(columns);
  const marks = columns.some(({ mark }) => mark);
  const firstRow = above.length + head.levels + (marks ? 1 : 0) + 1;
  const lastColumn = columnName(columns.length - 1);
  yield `${SHEET_START}<sheetViews><sheetView workbookViewId="0"><pane xSplit="${textColumns(columns)}" ySplit="${firstRow - 1}" topLeftCell="${columnName(textColumns(columns))}${firstRow}" activePane="bottomRight" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>${columns
    .map(({ width }, nth) => `<col min="${nth + 1}" max="${nth + 1}" width="${width}" customWidth="1"/>`)
    .join('')}</cols><sheetData>`;
  yield headXml(columns, above, shared);

  const writers = columns.map(({ of, kind }, nth) => ({
    of,
    write: writerOf(kind, shared),
    name: columnName(nth),
  }));
  const line = (row: Row, number: number, bold: boolean): string => {
    let cells = '';
    for (const { of, write, name } of writers) {
      const value = of(row);
      if (value !== null) cells += write(value, `${name}${number}`, bold);
    }
    return `<row r="${number}">${cells}</row>`;
  };
  let number = firstRow;
  let piece = '';
  for (let used = 0; used < rowsOfASheet;) {
    const { done, value: batch } = await source.next();
    if (done) break;
    for (const row of batch) {
      piece += line(row, number, false);
      number += 1;
      if (piece.length >= PIECE) {
        yield piece;
        piece = '';
      }
    }
    used += batch.length;
  }
  const filtered = number - 1;
  if (rowsOfASheet === Infinity && total) piece += line(total.row, number, true);
  yield piece;

  const merges = [
    ...above.map((_, nth) => `A${nth + 1}:${lastColumn}${nth + 1}`),
    ...head.cells
      .filter(({ columns: wide, levels }) => wide > 1 || levels > 1)
      .map(
        (cell) =>
          `${columnName(cell.column)}${above.length + cell.level + 1}:${columnName(cell.column + cell.columns - 1)}${above.length + cell.level + cell.levels}`,
      ),
  ];
  yield '</sheetData>';
  yield `<autoFilter ref="A${firstRow - 1}:${lastColumn}${Math.max(filtered, firstRow - 1)}"/>`;
  if (merges.length > 0)
    yield `<mergeCells count="${merges.length}">${merges.map((ref) => `<mergeCell ref="${ref}"/>`).join('')}</mergeCells>`;
  yield '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>';
}

function headXml<Row>(
  columns: readonly Column<Row>[],
  above: readonly string[],
  shared: SharedTexts,
): string {
  const { levels, cells } = headOf(columns);
  const textCell = (text: string, ref: string, style: number) => textCellOf(shared, text, ref, style);
  const rows = above.map(
    (text, nth) => `<row r="${nth + 1}">${textCell(text, `A${nth + 1}`, STYLE.title)}</row>`,
  );
  for (let level = 0; level < levels; level += 1) {
    const number = above.length + level + 1;
    const texts = new Map(
      cells.filter((cell) => cell.level === level).map((cell) => [cell.column, cell.text]),
    );
    // Every cell has the style, merged ones too: else their borders would be missing.
    const written = columns.map((_, nth) =>
      texts.has(nth)
        ? textCell(texts.get(nth) ?? '', `${columnName(nth)}${number}`, STYLE.head)
        : `<c r="${columnName(nth)}${number}" s="${STYLE.head}"/>`,
    );
    rows.push(`<row r="${number}">${written.join('')}</row>`);
  }
  if (columns.some(({ mark }) => mark)) {
    const number = above.length + levels + 1;
    rows.push(
      `<row r="${number}">${columns.map(({ mark = '' }, nth) => textCell(mark, `${columnName(nth)}${number}`, STYLE.head)).join('')}</row>`,
    );
  }
  return rows.join('');
}

function* notesXml(notes: readonly Note[], shared: SharedTexts): Generator<string> {
  const textCell = (text: string, ref: string, style: number) => textCellOf(shared, text, ref, style);
  yield `${SHEET_START}<cols><col min="1" max="1" width="34" customWidth="1"/><col min="2" max="2" width="110" customWidth="1"/></cols><sheetData>`;
  for (const [nth, { label, value, kind = 'text' }] of notes.entries()) {
    const number = nth + 1;
    const cell =
      value === null
        ? ''
        : kind === 'text'
          ? textCell(String(value), `B${number}`, STYLE.wrapped)
          : writerOf(kind, shared)(value, `B${number}`, false);
    yield `<row r="${number}">${textCell(label, `A${number}`, STYLE.label)}${cell}</row>`;
  }
  yield '</sheetData></worksheet>';
}

/** Columns that say what a row is stay in sight when it is scrolled sideways: the leading texts, two at most. */
function textColumns(columns: readonly Column<never>[]): number {
  const first = columns.findIndex(({ kind }) => kind !== 'text' && kind !== 'code');
  return Math.min(2, Math.max(1, first));
}

type Writer = (value: Cell, ref: string, bold: boolean) => string;

function writerOf(kind: CellKind, shared: SharedTexts): Writer {
  switch (kind) {
    case 'text':
      return (value, ref, bold) => {
        const text = String(value);
        return textCellOf(
          shared,
          text,
          ref,
          bold ? STYLE.textBold : FORMULA.test(text) ? STYLE.quoted : STYLE.text,
        );
      };
    case 'code':
      return (value, ref) => {
        const text = String(value);
        return `<c r="${ref}" s="${FORMULA.test(text) ? STYLE.quoted : STYLE.text}" t="inlineStr"><is>${textXml(text)}</is></c>`;
      };
    case 'count':
      return (value, ref, bold) =>
        `<c r="${ref}" s="${bold ? STYLE.countBold : STYLE.count}"><v>${Number(value)}</v></c>`;
    case 'percent':
      return (value, ref, bold) =>
        `<c r="${ref}" s="${bold ? STYLE.percentBold : STYLE.percent}"><v>${shareOf(Number(value))}</v></c>`;
    case 'date':
      return (value, ref) => `<c r="${ref}" s="${STYLE.date}"><v>${serialOf(String(value))}</v></c>`;
    case 'instant':
      return (value, ref) => `<c r="${ref}" s="${STYLE.instant}"><v>${serialOf(String(value))}</v></c>`;
    case 'flag':
      return (value, ref) => `<c r="${ref}" s="${STYLE.text}" t="b"><v>${value === true ? 1 : 0}</v></c>`;
  }
}

/** A percent of two decimals as a share of one, without the dust of a division. */
const shareOf = (percent: number): string => (Math.round(percent * 100) / 10_000).toFixed(4);

/** Days between 30 December 1899, from which spreadsheets count, and 1 January 1970. */
const EPOCH_SERIAL = 25_569;
const DAY_MS = 86_400_000;

/**
 * A civil date, or an instant as Vietnam's clocks show it, as a spreadsheet's number of days. The API writes instants
 * with +07:00, so the wall clock is what stands there.
 */
function serialOf(text: string): string {
  const day = serialOfDay(text.slice(0, 10));
  if (text.length === 10) return String(day);
  const two = (at: number) => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;
  const seconds = two(11) * 3_600 + two(14) * 60 + two(17) + Number(text.slice(20, 23)) / 1_000;
  return (day + seconds / 86_400).toFixed(9);
}

/** Few days come many times. */
const serials = new Map<string, number>();
function serialOfDay(day: string): number {
  let serial = serials.get(day);
  if (serial === undefined) {
    serial = EPOCH_SERIAL + Date.parse(`${day}T00:00:00Z`) / DAY_MS;
    if (serials.size < 50_000) serials.set(day, serial);
  }
  return serial;
}

/** What a spreadsheet would read as a formula if somebody typed it. */
export const FORMULA = /^[=+\-@\t\r]/;

/** Characters that no XML may hold, and halves of pairs. */
const NOT_XML =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** Most texts have none of these, and are written as they are. */
const SPECIAL = /[^\t\n\r -%'-;=?-^`-\ud7ff]/;

function escaped(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return (
    text
      .replace(NOT_XML, '\ufffd')
      // Excel reads _x0041_ as a character; so it must be told that this is none.
      .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
  );
}

const textXml = (text: string): string => {
  const kept = escaped(text.slice(0, MOST_CHARACTERS));
  return /^\s|\s$/.test(kept) ? `<t xml:space="preserve">${kept}</t>` : `<t>${kept}</t>`;
};
const textCellOf = (shared: SharedTexts, text: string, ref: string, style: number): string =>
  `<c r="${ref}" s="${style}"${shared.cell(text)}`;

/** 0 → A, 25 → Z, 26 → AA. */
export function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}

/** 31 characters at most, and none of those that mean something in a formula. */
const sheetName = (text: string): string => text.replace(/[[\]:*?/\\]/g, '-').slice(0, 31);

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const DOCUMENT = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET_START = `${XML}<worksheet xmlns="${MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>`;

const contentTypes = (sheets: number): string =>
  `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>${numbered(sheets, (nth) => `<Override PartName="/xl/worksheets/sheet${nth}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`)}</Types>`;
const PACKAGE_RELATIONS = `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;
const workbookXml = (names: readonly string[]): string =>
  `${XML}<workbook xmlns="${MAIN}" xmlns:r="${DOCUMENT}"><sheets>${names.map((name, nth) => `<sheet name="${escaped(name).replace(/"/g, '&quot;')}" sheetId="${nth + 1}" r:id="rId${nth + 1}"/>`).join('')}</sheets></workbook>`;
const workbookRelations = (sheets: number): string =>
  `${XML}<Relationships xmlns="${PACKAGE}/relationships">${numbered(sheets, (nth) => `<Relationship Id="rId${nth}" Type="${DOCUMENT}/worksheet" Target="worksheets/sheet${nth}.xml"/>`)}<Relationship Id="rId${sheets + 1}" Type="${DOCUMENT}/styles" Target="styles.xml"/><Relationship Id="rId${sheets + 2}" Type="${DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`;
const numbered = (count: number, line: (nth: number) => string): string =>
  Array.from({ length: count }, (_, nth) => line(nth + 1)).join('');

/** Looks, in the order in which STYLES lists them. */
const STYLE_NAMES = [
  ...['plain', 'text', 'textBold', 'quoted', 'count', 'countBold', 'percent', 'percentBold'],
  ...['date', 'instant', 'head', 'title', 'label', 'wrapped'],
] as const;
const STYLE = Object.fromEntries(STYLE_NAMES.map((name, nth) => [name, nth])) as Record<
  (typeof STYLE_NAMES)[number],
  number
>;
const [PLAIN_FONT, BOLD_FONT] = [0, 1];
const [TEXT_FORMAT, COUNT_FORMAT, PERCENT_FORMAT, DATE_FORMAT, INSTANT_FORMAT] = [49, 3, 10, 164, 165];
const look = (format: number, font: number, more = '', inside = ''): string =>
  `<xf numFmtId="${format}" fontId="${font}" fillId="${more.includes('fill') ? 2 : 0}" borderId="${more.includes('line') ? 1 : 0}" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1"${more.includes('quote') ? ' quotePrefix="1"' : ''}${inside === '' ? '/>' : ` applyAlignment="1">${inside}</xf>`}`;
const LOOKS: Record<(typeof STYLE_NAMES)[number], string> = {
  plain: look(0, PLAIN_FONT),
  text: look(TEXT_FORMAT, PLAIN_FONT),
  textBold: look(TEXT_FORMAT, BOLD_FONT),
  quoted: look(TEXT_FORMAT, PLAIN_FONT, 'quote'),
  count: look(COUNT_FORMAT, PLAIN_FONT),
  countBold: look(COUNT_FORMAT, BOLD_FONT),
  percent: look(PERCENT_FORMAT, PLAIN_FONT),
  percentBold: look(PERCENT_FORMAT, BOLD_FONT),
  date: look(DATE_FORMAT, PLAIN_FONT),
  instant: look(INSTANT_FORMAT, PLAIN_FONT),
  head: look(0, BOLD_FONT, 'fill line', '<alignment horizontal="center" vertical="center" wrapText="1"/>'),
  title: look(0, BOLD_FONT, '', '<alignment horizontal="center" vertical="center" wrapText="1"/>'),
  label: look(0, BOLD_FONT, '', '<alignment vertical="top" wrapText="1"/>'),
  wrapped: look(TEXT_FORMAT, PLAIN_FONT, '', '<alignment vertical="top" wrapText="1"/>'),
};
const EDGES = ['left', 'right', 'top', 'bottom'].map((edge) => `<${edge} style="thin"/>`).join('');
const STYLES = `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="${DATE_FORMAT}" formatCode="dd/mm/yyyy"/><numFmt numFmtId="${INSTANT_FORMAT}" formatCode="dd/mm/yyyy\\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE3EFF4"/></patternFill></fill></fills><borders count="2"><border/><border>${EDGES}</border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="${STYLE_NAMES.length}">${STYLE_NAMES.map((name) => LOOKS[name]).join('')}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;
