import type { Form06aReport } from '../reports/form-06a.js';
import { FORM_IDENTITIES, FORM_TITLE, formColumns, mappingNotes } from './form-06a-table.js';
import { INK, Paper } from './paper.js';
import { drawTable } from './paper-table.js';
import { closingWords, type ReportFacts, shownDay, shownInstant } from './report-notes.js';

const QR_SIDE = 74;

/** Form II.06a/VPCP/KSTT on A4, lying, with its thirteen columns; then what it was counted by. */
export function form06aPdf(report: Form06aReport, facts: ReportFacts): Promise<Buffer> {
  const period = `${shownDay(report.from)} – ${shownDay(report.to)}`;
  const paper = new Paper({
    ...{ title: `Biểu số ${report.form}: ${period}`, landscape: true, language: 'vi', facts },
    foot: `Biểu số ${report.form} · ${facts.agency} · ${period}`,
    formulas: 'công thức: II.06a',
  });
  drawHead(paper, report, facts);
  drawTable(paper, {
    columns: formColumns(report.by),
    rows: report.rows.map((row, nth) => ({ ...row, nth: nth + 1 })),
    total: { nth: null, name: 'TỔNG SỐ', ...report.total },
    language: 'vi',
  });
  paper.y += 8;
  paper.paragraph(
    `Đẳng thức: ${FORM_IDENTITIES.join('; ')}; mỗi cột bằng tổng các dòng. ${closingWords(report.identities.violations, 'vi')}`,
    { size: 8, bold: true, color: report.identities.violations.length === 0 ? INK.text : INK.late },
  );
  paper.paragraph(
    `Xếp cột các hồ sơ mà biểu không có cột riêng: ${mappingNotes(report.mapping)
      .map(({ label, value }) => `${label}: ${String(value)}`)
      .join('; ')}.`,
    { size: 7.5, color: INK.soft },
  );
  paper.paragraph(
    `Kỳ từ 00:00 ngày đầu đến hết ngày cuối, giờ Việt Nam (UTC+7). Cột (11) đến (13) tính ở cuối kỳ hoặc lúc ${shownInstant(facts.asOf)}, lấy thời điểm sớm hơn. Cùng số liệu tại: ${facts.address}`,
    { size: 7.5, color: INK.soft },
  );
  return paper.finish();
}

function drawHead(paper: Paper, report: Form06aReport, facts: ReportFacts): void {
  const side = 190;
  const middle = paper.width - 2 * side - QR_SIDE;
  const { top, left } = paper;
  paper.part('P', () => {
    const height = paper.write(`Biểu số ${report.form}`, left, top, side, { size: 10, bold: true });
    paper.write('(Thông tư 01/2020/TT-VPCP ngày 21/10/2020)', left, top + height, side, {
      ...{ size: 8, color: INK.soft },
    });
  });
  paper.part('H1', () => {
    paper.y += paper.write(FORM_TITLE.toUpperCase(), left + side, top, middle, {
      ...{ size: 11, bold: true, align: 'center' },
    });
  });
  paper.part('P', () => {
    const name = report.period === null ? '' : ` ${report.period.name}`;
    paper.y += paper.write(
      `Kỳ báo cáo${name}: từ ngày ${shownDay(report.from)} đến ngày ${shownDay(report.to)}`,
      ...([left + side, paper.y + 2, middle] as const),
      { size: 9.5, align: 'center' },
    );
  });
  paper.part('P', () => {
    const x = left + side + middle + 8;
    let y = top;
    for (const line of [
      `Đơn vị báo cáo: ${facts.agency}`,
      `Tính đến: ${shownInstant(facts.asOf)}`,
      `Đơn vị tính: ${report.unit}`,
    ])
      y += paper.write(line, x, y, side - 8, { size: 8.5 }) + 1;
  });
  paper.qr(paper.right - QR_SIDE, top - 6, QR_SIDE);
  paper.y = Math.max(paper.y + 6, top + QR_SIDE);
}
