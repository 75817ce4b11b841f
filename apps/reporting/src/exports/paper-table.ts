import { INK, type Paper, shownCount, shownPercent } from './paper.js';
import { type Cell, type CellKind, type Column, headOf, type Language } from './table.js';

export interface PaperTable<Row> {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  total?: Row;
  language: Language;
  size?: number;
}

const PAD = 2.2;

/**
 * Draws a table from where the paper stands, over its whole width: heads of several levels, said again on every page;
 * no row is cut in two.
 */
export function drawTable<Row>(paper: Paper, table: PaperTable<Row>): void {
  const { columns, rows, total, language, size = 8 } = table;
  const { doc } = paper;
  const wide = columns.reduce((sum, { width }) => sum + width, 0);
  const widths = columns.map(({ width }) => (width / wide) * paper.width);
  const lefts = widths.map(
    (_, nth) => paper.left + widths.slice(0, nth).reduce((sum, width) => sum + width, 0),
  );
  const head = headOf(columns);
  const marks = columns.some(({ mark }) => mark);
  const spanOf = (from: number, count: number): number =>
    widths.slice(from, from + count).reduce((sum, width) => sum + width, 0);

  const headHeights = Array.from({ length: head.levels }, (_, level) =>
    Math.max(
      ...head.cells
        .filter((cell) => cell.level === level && cell.levels === 1)
        .map((cell) => heightIn(cell.text, spanOf(cell.column, cell.columns), true)),
      size + 2 * PAD,
    ),
  );
  const markHeight = marks ? size + 2 * PAD + 1 : 0;
  const headHeight = headHeights.reduce((sum, height) => sum + height, 0) + markHeight;

  function heightIn(text: string, width: number, bold: boolean): number {
    return paper.heightOf(text, width - 2 * PAD, { size, bold }) + 2 * PAD;
  }
  const box = (x: number, y: number, width: number, height: number, ground?: string): void =>
    paper.decoration(() => {
      if (ground) doc.rect(x, y, width, height).fill(ground);
      doc.rect(x, y, width, height).lineWidth(0.4).stroke(INK.line);
    });
  const tops = headHeights.map((_, level) =>
    headHeights.slice(0, level).reduce((sum, height) => sum + height, 0),
  );
  const boxes = (y: number): void => {
    for (const cell of head.cells) {
      const height = headHeights
        .slice(cell.level, cell.level + cell.levels)
        .reduce((sum, one) => sum + one, 0);
      box(
        lefts[cell.column] ?? 0,
        y + (tops[cell.level] ?? 0),
        spanOf(cell.column, cell.columns),
        height,
        INK.wash,
      );
    }
    if (marks)
      columns.forEach((_, nth) =>
        box(lefts[nth] ?? 0, y + headHeight - markHeight, widths[nth] ?? 0, markHeight, INK.wash),
      );
  };
  const headTexts = (y: number, write: (text: string, draw: () => void) => void): void => {
    for (const cell of head.cells) {
      const width = spanOf(cell.column, cell.columns) - 2 * PAD;
      const height = headHeights
        .slice(cell.level, cell.level + cell.levels)
        .reduce((sum, one) => sum + one, 0);
      const free = height - paper.heightOf(cell.text, width, { size, bold: true });
      write(cell.text, () => {
        paper.write(
          cell.text,
          (lefts[cell.column] ?? 0) + PAD,
          y + (tops[cell.level] ?? 0) + free / 2,
          width,
          {
            ...{ size, bold: true, align: 'center' },
          },
        );
      });
    }
    if (marks)
      columns.forEach(({ mark = '' }, nth) =>
        write(mark, () => {
          const width = widths[nth] ?? 0;
          // The longest says of which three columns it is the sum: smaller before it breaks.
          const fitting = (size * (width - 2)) / Math.max(1, paper.widthOf(mark, { size }));
          const style = { size: Math.min(size - 1.5, fitting), align: 'center', color: INK.soft } as const;
          paper.write(mark, lefts[nth] ?? 0, y + headHeight - markHeight + PAD, width, style);
        }),
      );
  };

  paper.group('Table', (structure) => {
    paper.room(headHeight + 3 * (size + 2 * PAD));
    // What is on the first page is the head; repeated, it is decoration.
    boxes(paper.y);
    paper.group(
      'TR',
      (row) => headTexts(paper.y, (text, draw) => text !== '' && paper.part('TH', draw, row)),
      structure,
    );
    paper.y += headHeight;
    for (const [nth, row] of [...rows, ...(total === undefined ? [] : [total])].entries()) {
      const bold = nth === rows.length;
      const texts = columns.map(({ of, kind }) => shown(of(row), kind, language));
      const height = Math.max(...texts.map((text, at) => heightIn(text, widths[at] ?? 0, bold)));
      if (paper.room(height)) {
        boxes(paper.y);
        paper.decoration(() => headTexts(paper.y, (_, draw) => draw()));
        paper.y += headHeight;
      }
      const { y } = paper;
      columns.forEach((_, at) =>
        box(lefts[at] ?? 0, y, widths[at] ?? 0, height, bold ? INK.wash : undefined),
      );
      paper.group(
        'TR',
        (line) =>
          columns.forEach(({ kind }, at) =>
            paper.part(
              kind === 'text' ? 'TH' : 'TD',
              () => {
                paper.write(texts[at] ?? '', (lefts[at] ?? 0) + PAD, y + PAD, (widths[at] ?? 0) - 2 * PAD, {
                  ...{ size, bold, align: kind === 'text' ? 'left' : 'right' },
                });
              },
              line,
            ),
          ),
        structure,
      );
      paper.y += height;
    }
  });
}

function shown(value: Cell, kind: CellKind, language: Language): string {
  if (value === null) return kind === 'percent' ? '—' : '';
  if (kind === 'count') return shownCount(Number(value), language);
  if (kind === 'percent') return shownPercent(Number(value), language);
  return String(value);
}
