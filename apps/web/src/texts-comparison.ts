import type { PeriodKind } from './comparison.js';

/** Words of the comparison with other periods, of the ranking, and of the formulas side by side. */
export const comparisonVi = {
  comparedTitle: 'Tóm tắt kỳ báo cáo',
  periodName: (kind: PeriodKind, from: string, to: string): string => {
    const [, month = '', year = ''] = to.split('/');
    const quarter = Math.ceil(Number(month) / 3);
    const names: Record<PeriodKind, string> = {
      month: `Tháng ${month}/${year}`,
      quarter: `Quý ${quarter}/${year}`,
      'half-year': `6 tháng ${month === '06' ? 'đầu' : 'cuối'} năm ${year}`,
      'nine-months': `9 tháng đầu năm ${year}`,
      year: `Năm ${year}`,
      days: from === to ? `Ngày ${from}` : `Từ ${from} đến ${to}`,
    };
    return names[kind];
  },
  /** "Tháng 10/2018: giải quyết 1.234 hồ sơ, 99,93 % sớm và đúng hạn, 5 hồ sơ trễ hạn, giảm 2 so với …" */
  summary: (period: string, resolved: string, percent: string, late: string) =>
    `${period}: đã giải quyết ${resolved} hồ sơ, ${percent} sớm và đúng hạn, ${late} hồ sơ trễ hạn`,
  summaryChange: (change: string, before: string) => `, ${change} so với ${lowered(before)}`,
  summaryNothing: (period: string) => `${period}: chưa giải quyết hồ sơ nào`,
  summaryNoBefore: (before: string) => `; ${lowered(before)} chưa có số liệu để so sánh`,
  more: (n: string) => `tăng ${n}`,
  fewer: (n: string) => `giảm ${n}`,
  same: 'không đổi',
  points: (n: string) => `${n} điểm %`,
  unfinished: 'Kỳ này chưa kết thúc, các kỳ so sánh được tính trọn kỳ.',
  versus: (period: string) => `so với ${lowered(period)}`,
  noComparison: (period: string) => `${period}: chưa có số liệu`,
  target: (percent: string) => `Chỉ tiêu: từ ${percent}`,
  targetShort: (points: string, below: boolean) =>
    below ? `thấp hơn chỉ tiêu ${points} điểm %` : `vượt chỉ tiêu ${points} điểm %`,
  targetMet: 'đúng bằng chỉ tiêu',
  smallN: (below: number) => `Dưới ${below} hồ sơ: tỷ lệ chỉ để tham khảo`,
  onTimeRate: 'Tỷ lệ sớm và đúng hạn',
  resolvedLate: 'Giải quyết trễ hạn',
  openOverdue: 'Đang quá hạn',
  ofResolved: (n: string) => `trong ${n} hồ sơ đã giải quyết`,
  ofOpen: (n: string) => `trong ${n} hồ sơ đang giải quyết`,
  ofToResolve: (n: string) => `trong ${n} hồ sơ phải giải quyết`,
  withCarriedOver: (n: string) => `chưa kể ${n} hồ sơ tồn kỳ trước`,
  formulas: 'Các cách tính tỷ lệ',
  formulasNote: 'Cùng một kỳ, cùng các hồ sơ; khác nhau ở tử số và mẫu số.',
  formula: 'Cách tính',
  value: 'Tỷ lệ',
  ofN: 'Số hồ sơ (n)',
  numerator: 'Tử số',
  denominator: 'Mẫu số',
  sourceOfLaw: 'Căn cứ',
  remarks: 'Ghi chú',
  formulaId: (id: string, version: number) => `mã ${id}, phiên bản ${version}`,
  ranking: 'Xếp hạng theo tỷ lệ (a)',
  rankingHow: (below: number) =>
    `Xếp theo cận dưới của khoảng tin cậy 95 % (Wilson): cùng một tỷ lệ, nơi giải quyết nhiều hồ sơ hơn đứng trên. Dưới ${below} hồ sơ không xếp hạng.`,
  rankingSentence: (ranked: string, first: string, last: string) =>
    `Xếp hạng ${ranked} dòng; đứng đầu là ${first}, cuối cùng là ${last}.`,
  rankingNone: (below: number) => `Chưa có hai dòng từ ${below} hồ sơ trở lên để xếp hạng.`,
  rank: 'Hạng',
  interval: (from: number, to: number) => `Khoảng tin cậy 95 % (trục ${from}–${to} %)`,
  intervalOf: (low: string, high: string) => `${low} – ${high}`,
  movement: 'Thay đổi hạng',
  movedUp: (n: string) => `lên ${n}`,
  movedDown: (n: string) => `xuống ${n}`,
  movedNot: 'giữ hạng',
  movedNew: 'kỳ trước không xếp hạng',
  rateChange: 'So với kỳ trước',
  between: (n: string) => `… ${n} dòng ở giữa`,
  showRanking: (n: string) => `Hiện cả ${n} dòng xếp hạng`,
  unranked: (n: string) => `Không xếp hạng (${n})`,
  unrankedWhy: {
    small: (n: string) => `chỉ ${n} hồ sơ`,
    none: 'chưa giải quyết hồ sơ nào có hạn trả',
  },
  notes: 'Lưu ý khi đọc số liệu',
  toCurrentTree: 'Tính theo cây đơn vị hiện nay',
  toRecordedTree: 'Tính theo cây đơn vị của kỳ báo cáo',
  currentTree: 'Số liệu đang được quy về cây đơn vị hiện nay.',
  trendNotes: 'Thay đổi trong khoảng thời gian này',
};

export type ComparisonTexts = typeof comparisonVi;

export const comparisonEn: ComparisonTexts = {
  comparedTitle: 'Summary of the period',
  periodName: (kind, from, to) => {
    const [, month = '', year = ''] = to.split('/');
    const quarter = Math.ceil(Number(month) / 3);
    const names: Record<PeriodKind, string> = {
      month: `Month ${month}/${year}`,
      quarter: `Quarter ${quarter}/${year}`,
      'half-year': `${month === '06' ? 'First' : 'Second'} half of ${year}`,
      'nine-months': `First nine months of ${year}`,
      year: `Year ${year}`,
      days: from === to ? `Day ${from}` : `From ${from} to ${to}`,
    };
    return names[kind];
  },
  summary: (period, resolved, percent, late) =>
    `${period}: ${resolved} dossiers resolved, ${percent} early or on time, ${late} late`,
  summaryChange: (change, before) => `, ${change} against ${lowered(before)}`,
  summaryNothing: (period) => `${period}: no dossier resolved yet`,
  summaryNoBefore: (before) => `; there are no figures of ${lowered(before)} to compare with`,
  more: (n) => `${n} more`,
  fewer: (n) => `${n} fewer`,
  same: 'no change',
  points: (n) => `${n} points`,
  unfinished: 'This period is not over yet; those it is compared with are counted whole.',
  versus: (period) => `against ${lowered(period)}`,
  noComparison: (period) => `${period}: no figures`,
  target: (percent) => `Target: from ${percent}`,
  targetShort: (points, below) => `${points} points ${below ? 'below' : 'above'} target`,
  targetMet: 'exactly on target',
  smallN: (below) => `Fewer than ${below} dossiers: the rate says little`,
  onTimeRate: 'Early or on time',
  resolvedLate: 'Resolved late',
  openOverdue: 'Open and overdue',
  ofResolved: (n) => `of ${n} dossiers resolved`,
  ofOpen: (n) => `of ${n} dossiers open`,
  ofToResolve: (n) => `of ${n} dossiers to be resolved`,
  withCarriedOver: (n) => `without ${n} dossiers carried over`,
  formulas: 'The rates side by side',
  formulasNote: 'The same period and the same dossiers; they differ in numerator and denominator.',
  formula: 'Formula',
  value: 'Rate',
  ofN: 'Dossiers (n)',
  numerator: 'Numerator',
  denominator: 'Denominator',
  sourceOfLaw: 'Source',
  remarks: 'Notes',
  formulaId: (id, version) => `id ${id}, version ${version}`,
  ranking: 'Ranking by rate (a)',
  rankingHow: (below) =>
    `By the lower end of the 95 % confidence interval (Wilson): of two equal rates the one with more dossiers stands higher. Fewer than ${below} dossiers are not ranked.`,
  rankingSentence: (ranked, first, last) => `${ranked} lines are ranked; first is ${first}, last is ${last}.`,
  rankingNone: (below) => `There are no two lines with ${below} dossiers or more to be ranked.`,
  rank: 'Rank',
  interval: (from, to) => `95 % confidence interval (axis ${from}–${to} %)`,
  intervalOf: (low, high) => `${low} – ${high}`,
  movement: 'Movement',
  movedUp: (n) => `up ${n}`,
  movedDown: (n) => `down ${n}`,
  movedNot: 'unchanged',
  movedNew: 'not ranked before',
  rateChange: 'Against the previous period',
  between: (n) => `… ${n} lines between`,
  showRanking: (n) => `Show all ${n} ranked lines`,
  unranked: (n) => `Not ranked (${n})`,
  unrankedWhy: { small: (n) => `only ${n} dossiers`, none: 'no dossier with a due date resolved yet' },
  notes: 'To be read with the figures',
  toCurrentTree: 'Count by the tree of now',
  toRecordedTree: 'Count by the tree of the period',
  currentTree: 'Figures are restated to the tree of agencies of now.',
  trendNotes: 'Changes within this time',
};

/** A name within a sentence: "so với tháng 09/2018". */
function lowered(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
