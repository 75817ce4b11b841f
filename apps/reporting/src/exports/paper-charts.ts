import { INK, type Paper, shownCount, shownPercent } from './paper.js';
import { type Language, say } from './table.js';
import { FIGURE_WORDS, type KeyedReportRow } from './timeliness-table.js';

/** Kinds of dossiers, each with a pattern as well as a colour. */
export type Mark = 'early' | 'onTime' | 'late' | 'noDueDate';
export const MARKS: readonly Mark[] = ['early', 'onTime', 'late', 'noDueDate'];
const COLORS: Record<Mark, string> = {
  early: INK.early,
  onTime: INK.onTime,
  late: INK.late,
  noDueDate: INK.none,
};

/** A box of a kind: full, hatched one way, hatched the other way, empty. */
export function markBox(paper: Paper, mark: Mark, x: number, y: number, width: number, height: number): void {
  const { doc } = paper;
  if (width <= 0 || height <= 0) return;
  const color = COLORS[mark];
  if (mark === 'early') {
    doc.rect(x, y, width, height).fill(color);
    return;
  }
  doc.save();
  doc.rect(x, y, width, height).clip();
  if (mark !== 'noDueDate') {
    const step = mark === 'onTime' ? 4 : 2.4;
    for (let at = -height; at < width + height; at += step) {
      const [from, to] = mark === 'onTime' ? [at, at + height] : [at + height, at];
      doc.moveTo(x + from, y + height).lineTo(x + to, y);
    }
    doc.lineWidth(mark === 'onTime' ? 2 : 1.2).stroke(color);
  }
  doc.restore();
  doc.rect(x, y, width, height).lineWidth(0.5).stroke(color);
}

export function legend(paper: Paper, language: Language, withRate: boolean): void {
  const entries: [string, (x: number, y: number) => void][] = MARKS.map((mark) => [
    say(FIGURE_WORDS[mark], language),
    (x, y) => markBox(paper, mark, x, y, 10, 7),
  ]);
  if (withRate)
    entries.push([
      say(['Tỷ lệ (a), %', 'Rate (a), %'], language),
      (x, y) => {
        paper.doc
          .moveTo(x - 2, y + 3.5)
          .lineTo(x + 12, y + 3.5)
          .lineWidth(1.2)
          .stroke(INK.text);
        paper.doc.circle(x + 5, y + 3.5, 2.2).fillAndStroke('#ffffff', INK.text);
      },
    ]);
  let x = paper.left;
  for (const [text, draw] of entries) {
    draw(x, paper.y + 2.5);
    paper.write(text, x + 16, paper.y, 110, { size: 8, color: INK.soft });
    x += 26 + paper.doc.widthOfString(text);
  }
  paper.y += 16;
}

/** A round number not below the value, for the end of an axis: 1 to 10 by a power of ten. */
export function niceEnd(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** Resolved dossiers by month as stacked columns, and above them rate (a) as a line on its own scale. */
export function monthChart(
  paper: Paper,
  months: readonly KeyedReportRow[],
  height: number,
  language: Language,
): void {
  const { doc } = paper;
  const axis = 40;
  const [x0, x1] = [paper.left + axis, paper.right];
  const rateHeight = height * 0.28;
  const [rateTop, rateEnd] = [paper.y + 10, paper.y + rateHeight];
  const [top, base] = [rateEnd + 14, paper.y + height - 14];
  const end = niceEnd(Math.max(1, ...months.map(({ resolved }) => resolved.total)));
  for (const share of [0, 0.5, 1]) {
    const y = base - (base - top) * share;
    doc
      .moveTo(x0, y)
      .lineTo(x1, y)
      .lineWidth(0.4)
      .stroke(share === 0 ? INK.text : '#d9e0e6');
    if (Number.isInteger(end * share))
      paper.write(shownCount(end * share, language), paper.left, y - 5, axis - 5, {
        ...{ size: 7, align: 'right', color: INK.soft },
      });
  }
  // The scale of the rate ends at 100 and begins at a round number below the worst month.
  const rated = months.flatMap(({ rates }) => (rates.a.percent === null ? [] : [rates.a.percent]));
  const low = rated.length === 0 ? 0 : Math.max(0, 100 - niceEnd(100 - Math.min(...rated)));
  for (const [percent, y] of [
    [100, rateTop],
    [low, rateEnd],
  ] as const) {
    doc.moveTo(x0, y).lineTo(x1, y).lineWidth(0.4).stroke('#d9e0e6');
    paper.write(`${percent} %`, paper.left, y - 5, axis - 5, { size: 7, align: 'right', color: INK.soft });
  }
  const step = (x1 - x0) / Math.max(1, months.length);
  const width = Math.min(30, step * 0.62);
  const points: [x: number, y: number][] = [];
  months.forEach((month, nth) => {
    const center = x0 + step * (nth + 0.5);
    let y = base;
    for (const mark of MARKS) {
      const tall = ((base - top) * month.resolved[mark]) / end;
      // What is there is to be seen, however small its share.
      const drawn = month.resolved[mark] > 0 ? Math.max(tall, 0.8) : 0;
      y -= drawn;
      markBox(paper, mark, center - width / 2, y, width, drawn);
    }
    paper.write(`${month.key.slice(5)}/${month.key.slice(2, 4)}`, center - step / 2, base + 3, step, {
      ...{ size: 7, align: 'center', color: INK.soft },
    });
    const { percent } = month.rates.a;
    if (percent !== null)
      points.push([center, rateEnd - ((rateEnd - rateTop) * (percent - low)) / (100 - low)]);
  });
  points.forEach(([x, y], nth) => (nth === 0 ? doc.moveTo(x, y) : doc.lineTo(x, y)));
  if (points.length > 1) doc.lineWidth(1.2).stroke(INK.text);
  for (const [x, y] of points) doc.circle(x, y, 2.2).lineWidth(1).fillAndStroke('#ffffff', INK.text);
  paper.y += height;
}

/** A bar of what was resolved in each row, with its rate and its n; as many as there is room for. */
export function rowBars(paper: Paper, rows: readonly KeyedReportRow[], language: Language): void {
  const { doc } = paper;
  const [name, rate, line] = [170, 108, 13];
  const width = paper.width - name - rate - 12;
  const end = Math.max(1, ...rows.map(({ resolved }) => resolved.total));
  for (const row of rows) {
    const y = paper.y;
    doc.font('regular').fontSize(8);
    doc
      .fillColor(INK.text)
      .text(row.name, paper.left, y, { width: name, height: 10, ellipsis: true, lineBreak: false });
    let x = paper.left + name + 6;
    for (const mark of MARKS) {
      const long = (width * row.resolved[mark]) / end;
      const drawn = row.resolved[mark] > 0 ? Math.max(long, 0.8) : 0;
      markBox(paper, mark, x, y + 1, drawn, 8);
      x += drawn;
    }
    const { percent, numerator, denominator } = row.rates.a;
    paper.write(
      `${shownPercent(percent, language)}  (${shownCount(numerator, language)}/${shownCount(denominator, language)})`,
      ...([paper.right - rate, y, rate] as const),
      { size: 7.5, align: 'right' },
    );
    paper.y += line;
  }
}
