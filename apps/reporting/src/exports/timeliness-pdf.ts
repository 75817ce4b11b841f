import { civilDate, civilDay, type CivilDay, type ReportRow } from '#libs/dossier';
import type { Grouping, ReportQuery } from '../reports/report-query.js';
import type { TimelinessReport } from '../reports/timeliness-report.js';
import { INK, Paper, shownCount, shownPercent } from './paper.js';
import { legend, monthChart, rowBars } from './paper-charts.js';
import { drawTable } from './paper-table.js';
import { closingWords, type ReportFacts, shownDay, shownInstant } from './report-notes.js';
import { type Column, type Language, say, type Words } from './table.js';
import { FIGURE_WORDS, type Formula, GROUPING_WORDS, type KeyedReportRow } from './timeliness-table.js';

const MOST_MONTHS = 13;
const MOST_BARS = 10;
const MOST_ROWS = 14;
const QR_SIDE = 70;
/** Below it a rate says little. */
const SMALL_N = 30;

interface Parts {
  report: TimelinessReport;
  question: ReportQuery;
  facts: ReportFacts;
  /** What the question was narrowed to, in words. */
  filters: readonly string[];
  language: Language;
  /** Makes the same report with another breakdown or period. */
  make: (query: ReportQuery) => Promise<TimelinessReport>;
}

/**
 * The timeliness report on two pages, to be signed or handed out: page 1 the rates, the balance and the months; page 2
 * who made up the figures, the latest first. The whole breakdown is in the other formats.
 */
export async function timelinessPdf({
  report,
  question,
  facts,
  filters,
  language,
  make,
}: Parts): Promise<Buffer> {
  const by: Grouping = question.by === undefined || question.by === 'month' ? 'agency' : question.by;
  const { rows: months } = await make({
    ...question,
    by: 'month',
    from: trendFrom(question.from, question.to),
  });
  const { rows } = question.by === by ? report : await make({ ...question, by });

  const title = say(
    ['Báo cáo tiến độ giải quyết thủ tục hành chính', 'Timeliness of administrative procedures'],
    language,
  );
  const period = `${shownDay(report.from)} – ${shownDay(report.to)}`;
  // What reports are signed by; the rule of OpenCPS stands beside them in workbooks only.
  const legal = facts.formulas.filter(({ id }) => id !== 'opencps');
  const paper = new Paper({
    ...{ title: `${title}: ${period}`, landscape: false, language, facts },
    foot: `${title} · ${facts.agency} · ${period}`,
    formulas: `${say(['công thức', 'formulas'], language)}: ${legal.map(({ id, version }) => `${id} v${version}`).join(', ')}`,
  });
  drawHead(paper, title, [period, ...filters], facts, language);
  paper.paragraph(sentenceOf(report.total, period, language), { size: 10 }, 'P', 8);
  drawRates(paper, report.total, legal, language);
  drawBalance(paper, report.total, language);
  drawMonths(paper, months, language);

  paper.doc.addPage();
  paper.y = paper.top;
  drawRows(paper, by, rows, report.total, language);
  drawProof(paper, report, facts, language);
  return paper.finish();
}

/** First day of the months to be shown: those of the period if they make a trend, else the thirteen that end with it. */
export function trendFrom(from: CivilDay, to: CivilDay): CivilDay {
  const [first, last] = [from, to].map((day) => civilDate(day)) as [
    ReturnType<typeof civilDate>,
    ReturnType<typeof civilDate>,
  ];
  const count = (last.year - first.year) * 12 + last.month - first.month + 1;
  if (count >= 3 && count <= MOST_MONTHS) return from;
  const start = last.year * 12 + (last.month - 1) - (MOST_MONTHS - 1);
  return civilDay(Math.floor(start / 12), (start % 12) + 1, 1);
}

function drawHead(
  paper: Paper,
  title: string,
  lines: readonly string[],
  facts: ReportFacts,
  language: Language,
): void {
  const width = paper.width - QR_SIDE - 12;
  paper.part('H1', () => {
    paper.y += paper.write(title, paper.left, paper.y, width, { size: 15, bold: true }) + 2;
  });
  for (const [text, style] of [
    [facts.agency, { size: 11, bold: true }],
    [lines.join(' · '), { size: 9.5 }],
    [
      `${say(['Số liệu tính đến', 'Figures as of'], language)} ${shownInstant(facts.asOf)}`,
      { size: 8.5, color: INK.soft },
    ],
  ] as const)
    paper.part('P', () => {
      paper.y += paper.write(text, paper.left, paper.y, width, style) + 1;
    });
  paper.qr(paper.right - QR_SIDE, paper.top - 4, QR_SIDE);
  paper.y = Math.max(paper.y + 8, paper.top + QR_SIDE + 4);
}

export function sentenceOf(total: ReportRow, period: string, language: Language): string {
  const count = (n: number) => shownCount(n, language);
  const { resolved, open, rates } = total;
  if (resolved.total === 0)
    return say(
      [
        `${period}: chưa giải quyết hồ sơ nào; đang giải quyết ${count(open.total)} hồ sơ, ${count(open.overdue)} quá hạn.`,
        `${period}: no dossier resolved; ${count(open.total)} open, ${count(open.overdue)} overdue.`,
      ],
      language,
    );
  const percent = shownPercent(rates.a.percent, language);
  return say(
    [
      `${period}: đã giải quyết ${count(resolved.total)} hồ sơ, ${percent} sớm và đúng hạn, ${count(resolved.late)} hồ sơ trễ hạn; đang giải quyết ${count(open.total)} hồ sơ, ${count(open.overdue)} quá hạn, ${count(open.pausedPastDue)} tạm dừng đã quá hạn.`,
      `${period}: ${count(resolved.total)} dossiers resolved, ${percent} early or on time, ${count(resolved.late)} late; ${count(open.total)} open, ${count(open.overdue)} overdue, ${count(open.pausedPastDue)} past due while paused.`,
    ],
    language,
  );
}

function drawRates(paper: Paper, total: ReportRow, formulas: readonly Formula[], language: Language): void {
  const gap = 8;
  const width = (paper.width - gap * (formulas.length - 1)) / formulas.length;
  const inner = width - 14;
  const texts = formulas.map(({ id, name, numerator: above, denominator: below, source }) => {
    const { percent, numerator, denominator } = total.rates[id];
    return [
      [`(${id}) ${name[language]}`, { size: 8.5, bold: true }],
      [shownPercent(percent, language), { size: 18, bold: true }],
      [
        `${shownCount(numerator, language)} / ${shownCount(denominator, language)} ${say(['hồ sơ', 'dossiers'], language)}`,
        { size: 8.5 },
      ],
      [`${above[language]} ÷ ${below[language]}. ${source[language]}.`, { size: 7, color: INK.soft }],
    ] as const;
  });
  const height =
    Math.max(
      ...texts.map((lines) =>
        lines.reduce((sum, [text, style]) => sum + paper.heightOf(text, inner, style), 0),
      ),
    ) + 14;
  const { y } = paper;
  texts.forEach((lines, nth) => {
    const x = paper.left + nth * (width + gap);
    paper.decoration(() => {
      paper.doc.rect(x, y, width, height).lineWidth(0.6).stroke(INK.line);
    });
    let at = y + 6;
    for (const [text, style] of lines)
      paper.part('P', () => {
        at += paper.write(text, x + 7, at, inner, style);
      });
  });
  paper.y += height + 10;
}

/** To be resolved = resolved + closed otherwise + open, with what each is made of. */
function drawBalance(paper: Paper, total: ReportRow, language: Language): void {
  const W = FIGURE_WORDS;
  const { received, resolved, closedOtherwise, open } = total;
  const blocks: [Words, number, [Words, number][]][] = [
    [
      ['Phải giải quyết', 'To be resolved'],
      total.carriedOver + received.total + total.reopened,
      [
        [W.carriedOver, total.carriedOver],
        [W.received, received.total],
        [W.reopened, total.reopened],
      ],
    ],
    [
      W.resolved,
      resolved.total,
      [
        [W.early, resolved.early],
        [W.onTime, resolved.onTime],
        [W.late, resolved.late],
        [W.noDueDate, resolved.noDueDate],
      ],
    ],
    [
      W.closedOtherwise,
      closedOtherwise.total,
      [
        [W.closedRefused, closedOtherwise.refused],
        [W.withdrawn, closedOtherwise.withdrawn],
        [W.stopped, closedOtherwise.stopped],
      ],
    ],
    [
      W.open,
      open.total,
      [
        [W.inTime, open.inTime],
        [W.overdue, open.overdue],
        [W.paused, open.paused],
        [W.noDueDate, open.noDueDate],
      ],
    ],
  ];
  const gap = 14;
  const width = (paper.width - 3 * gap) / 4;
  const { y } = paper;
  let lowest = y;
  blocks.forEach(([title, sum, parts], nth) => {
    const x = paper.left + nth * (width + gap);
    let at = y;
    paper.part('P', () => {
      at += paper.write(`${say(title, language)}: ${shownCount(sum, language)}`, x, at, width, {
        size: 9.5,
        bold: true,
      });
    });
    if (nth > 0)
      paper.decoration(() => {
        paper.write(nth === 1 ? '=' : '+', x - gap, y, gap, { size: 10, align: 'center', color: INK.soft });
      });
    for (const [words, value] of parts) {
      paper.part('P', () => {
        paper.write(say(words, language), x, at, width, { size: 8, color: INK.soft });
        at += paper.write(shownCount(value, language), x, at, width, { size: 8, align: 'right' });
      });
    }
    lowest = Math.max(lowest, at);
  });
  paper.y = lowest + 12;
}

function drawMonths(paper: Paper, months: readonly KeyedReportRow[], language: Language): void {
  const title = say(['Diễn biến theo tháng', 'Month by month'], language);
  paper.paragraph(title, { size: 11, bold: true }, 'H2');
  paper.figure(
    `${title}: ${say(['số liệu ở bảng dưới', 'the figures are in the table below'], language)}`,
    () => {
      legend(paper, language, true);
      monthChart(paper, months, 165, language);
    },
  );
  paper.y += 6;
  const W = FIGURE_WORDS;
  const column = (
    words: Words,
    of: Column<KeyedReportRow>['of'],
    kind: Column<KeyedReportRow>['kind'] = 'count',
  ) => ({
    ...{ path: [say(words, language)], kind, width: 10, of },
  });
  drawTable(paper, {
    columns: [
      column(GROUPING_WORDS.month, ({ name }) => name, 'text'),
      column(W.received, ({ received }) => received.total),
      column(W.resolved, ({ resolved }) => resolved.total),
      column(W.early, ({ resolved }) => resolved.early),
      column(W.onTime, ({ resolved }) => resolved.onTime),
      column(W.late, ({ resolved }) => resolved.late),
      column(W.noDueDate, ({ resolved }) => resolved.noDueDate),
      column(['Tỷ lệ (a)', 'Rate (a)'], ({ rates }) => rates.a.percent, 'percent'),
    ],
    rows: months,
    language,
    size: 7,
  });
}

function drawRows(
  paper: Paper,
  by: Grouping,
  rows: readonly KeyedReportRow[],
  total: ReportRow,
  language: Language,
): void {
  const W = FIGURE_WORDS;
  const what = say(GROUPING_WORDS[by], language);
  const largest = [...rows].sort((a, b) => b.resolved.total - a.resolved.total).slice(0, MOST_BARS);
  const heading = say(['Giải quyết nhiều nhất', 'Most resolved'], language);
  paper.paragraph(`${heading} · ${what}`, { size: 11, bold: true }, 'H2');
  paper.figure(
    `${heading}: ${largest.map(({ name, resolved, rates }) => `${name} ${shownCount(resolved.total, language)}, ${shownPercent(rates.a.percent, language)}`).join('; ')}`,
    () => {
      legend(paper, language, false);
      rowBars(paper, largest, language);
    },
  );
  paper.y += 8;

  const late = ({ resolved, open }: ReportRow) => resolved.late + open.overdue + open.pausedPastDue;
  const latest = [...rows]
    .sort((a, b) => late(b) - late(a) || b.resolved.total - a.resolved.total)
    .slice(0, MOST_ROWS);
  paper.paragraph(
    `${say(['Trễ hạn và quá hạn nhiều nhất', 'Most late and overdue'], language)} · ${what}`,
    { size: 11, bold: true },
    'H2',
  );
  const column = (
    path: Words[],
    of: Column<KeyedReportRow>['of'],
    kind: Column<KeyedReportRow>['kind'] = 'count',
    width = 9,
  ): Column<KeyedReportRow> => ({ path: path.map((words) => say(words, language)), kind, width, of });
  drawTable(paper, {
    columns: [
      column(
        [GROUPING_WORDS[by]],
        ({ name, rates }) => (rates.a.denominator < SMALL_N ? `${name} *` : name),
        'text',
        36,
      ),
      column([W.received], ({ received }) => received.total),
      column([W.resolved, W.total], ({ resolved }) => resolved.total),
      column([W.resolved, W.late], ({ resolved }) => resolved.late),
      column([W.open, W.total], ({ open }) => open.total),
      column([W.open, W.overdue], ({ open }) => open.overdue),
      column([W.open, W.pausedPastDue], ({ open }) => open.pausedPastDue, 'count', 11),
      column([['Tỷ lệ (a)', 'Rate (a)']], ({ rates }) => rates.a.percent, 'percent', 10),
      column([['n', 'n']], ({ rates }) => rates.a.denominator),
    ],
    rows: latest,
    total: { key: '', name: say(['Tổng số', 'Total'], language), ...total },
    language,
    size: 7.5,
  });
  const notes = [
    latest.length < rows.length &&
      say(
        [
          `In ${latest.length} trong ${rows.length} dòng; tổng số là của mọi dòng. Toàn bộ các dòng ở tệp XLSX hoặc CSV.`,
          `${latest.length} of ${rows.length} rows are printed; the total is of all. The XLSX and CSV files have every row.`,
        ],
        language,
      ),
    latest.some(({ rates }) => rates.a.denominator < SMALL_N) &&
      say(
        [
          `* ít hơn ${SMALL_N} hồ sơ: tỷ lệ nói lên rất ít.`,
          `* fewer than ${SMALL_N} dossiers: the rate says little.`,
        ],
        language,
      ),
  ].filter((text) => text !== false);
  if (notes.length > 0) {
    paper.y += 3;
    paper.paragraph(notes.join(' '), { size: 7.5, color: INK.soft });
  }
  paper.y += 6;
}

function drawProof(paper: Paper, report: TimelinessReport, facts: ReportFacts, language: Language): void {
  const { violations } = report.identities;
  paper.paragraph(say(['Cách tính', 'How it is counted'], language), { size: 11, bold: true }, 'H2');
  paper.paragraph(
    say(
      [
        `Kỳ từ 00:00 ngày ${shownDay(report.from)} đến hết ngày ${shownDay(report.to)}, giờ Việt Nam (UTC+7). Số đang giải quyết tính ở cuối kỳ hoặc thời điểm tính đến, lấy thời điểm sớm hơn.`,
        `The period is from 00:00 on ${shownDay(report.from)} to the end of ${shownDay(report.to)}, Vietnam time (UTC+7). Open dossiers are counted at its end or at the as-of instant, whichever is earlier.`,
      ],
      language,
    ),
    { size: 8 },
  );
  paper.paragraph(
    `${say(['Tồn kỳ trước + tiếp nhận + mở lại = đã giải quyết + kết thúc khác + đang giải quyết.', 'Carried over + received + reopened = resolved + closed otherwise + open.'], language)} ${closingWords(violations, language)}`,
    { size: 8, bold: violations.length > 0, color: violations.length > 0 ? INK.late : INK.text },
  );
  paper.paragraph(`${say(['Cùng số liệu tại', 'The same figures at'], language)}: ${facts.address}`, {
    ...{ size: 7.5, color: INK.soft },
  });
}
