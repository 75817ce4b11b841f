import { rate, type Rate, type ReportRow } from './rates.js';

/**
 * Group 2.1 of the index of QĐ 766/QĐ-TTg (23/06/2022): dossiers resolved on time or still in time, of those
 * resolved and open; 20 points of 100. Its inputs, each with what it counts for there and in rate a.
 */
export const DECISION_766_INPUTS = [
  ['resolvedEarly', 'both', 'both'],
  ['resolvedOnTime', 'both', 'both'],
  ['resolvedLate', 'denominator', 'denominator'],
  ['openInTime', 'both', 'none'],
  ['pausedInTime', 'both', 'none'],
  ['openOverdue', 'denominator', 'none'],
  ['pausedPastDue', 'denominator', 'none'],
  ['resolvedNoDueDate', 'none', 'none'],
  ['openNoDueDate', 'none', 'none'],
  ['closedOtherwise', 'none', 'none'],
] as const;
export type Decision766Input = (typeof DECISION_766_INPUTS)[number][0];
/** Part of a rate that an input is counted in; `both`: numerator and denominator. */
export type CountedIn = (typeof DECISION_766_INPUTS)[number][1];

export interface Decision766 {
  inputs: { name: Decision766Input; count: number; decision: CountedIn; rateA: CountedIn }[];
  /** Rate c, which is the ratio of group 2.1. */
  ratio: Rate;
  /** 20 × ratio, two decimals half up; below full marks never shown as 20; null for a zero denominator. */
  points: number | null;
  rateA: Rate;
  /** Hundredths of a percent point by which the ratio is above rate a; null where either is. */
  difference: number | null;
}

export const DECISION_766_POINTS = 20;

/** Where our counting is not the decision's; each makes our figures the stricter or leaves a dossier out. */
export const DECISION_766_DIFFERENCES = [
  {
    code: 'open-counts-too',
    vi: 'Tỷ lệ (a) chỉ xét hồ sơ đã giải quyết có hạn trả. Mục 2.1 tính thêm hồ sơ đang giải quyết: còn trong hạn ở cả tử số và mẫu số, quá hạn ở mẫu số.',
    en: 'Rate (a) looks at resolved dossiers with a due date only. Item 2.1 adds the open ones: those in time above and below the line, those overdue below it.',
  },
  {
    code: 'paused-past-due',
    vi: 'Quyết định lấy lúc yêu cầu bổ sung làm thời điểm kết thúc, nên hồ sơ tạm dừng vẫn đúng hạn. Ở đây hồ sơ tạm dừng mà hạn cũ đã qua không được tính là đúng hạn.',
    en: 'The decision takes the request for a supplement as the end, so a paused dossier stays on time. Here one whose old due date has passed is not counted as on time.',
  },
  {
    code: 'second-supplement',
    vi: 'Quyết định coi hồ sơ bị yêu cầu bổ sung quá một lần là trễ hạn. Ở đây hồ sơ chỉ trễ khi quá hạn trả.',
    en: 'The decision counts a dossier with more than one request for a supplement as late. Here it is late only past its due date.',
  },
  {
    code: 'no-due-date',
    vi: 'Hồ sơ không có hạn trả: quyết định so với thời hạn công bố dài nhất; ở đây không đưa vào tỷ lệ, chỉ nêu số lượng.',
    en: 'Without a due date the decision compares with the longest published limit; here such dossiers are left out and their number is given.',
  },
  {
    code: 'closed-otherwise',
    vi: 'Hồ sơ bị từ chối, rút hoặc dừng: quyết định lấy lúc đó làm thời điểm kết thúc; ở đây không đưa vào tỷ lệ, chỉ nêu số lượng.',
    en: 'Refused, withdrawn or stopped: the decision takes that as the end; here such dossiers are left out and their number is given.',
  },
] as const;

/** The inputs of group 2.1 from a line of the timeliness report. */
export function decision766(row: ReportRow): Decision766 {
  const { resolved, open, closedOtherwise, rates } = row;
  const counts: Record<Decision766Input, number> = {
    resolvedEarly: resolved.early,
    resolvedOnTime: resolved.onTime,
    resolvedLate: resolved.late,
    openInTime: open.inTime,
    pausedInTime: open.paused - open.pausedPastDue,
    openOverdue: open.overdue,
    pausedPastDue: open.pausedPastDue,
    resolvedNoDueDate: resolved.noDueDate,
    openNoDueDate: open.noDueDate,
    closedOtherwise: closedOtherwise.total,
  };
  const { a: rateA, c: ratio } = rates;
  const share = rate(ratio.numerator * DECISION_766_POINTS, ratio.denominator * 100);
  return {
    inputs: DECISION_766_INPUTS.map(([name, decision, inA]) => ({
      ...{ name, count: counts[name], decision, rateA: inA },
    })),
    ratio,
    points:
      share.percent === null
        ? null
        : ratio.numerator < ratio.denominator
          ? Math.min(share.percent, DECISION_766_POINTS - 0.01)
          : share.percent,
    rateA,
    difference:
      ratio.percent === null || rateA.percent === null
        ? null
        : Math.round(ratio.percent * 100) - Math.round(rateA.percent * 100),
  };
}

/** What the inputs must add up to; each broken one in words, `key` in front. */
export function decision766Violations({ inputs, ratio, rateA }: Decision766, key?: string): string[] {
  const sum = (of: 'decision' | 'rateA', parts: readonly CountedIn[]): number =>
    inputs.filter((input) => parts.includes(input[of])).reduce((total, { count }) => total + count, 0);
  const claims: [name: string, left: number, right: number][] = [
    ['numerator of the ratio = its inputs', ratio.numerator, sum('decision', ['both'])],
    ['denominator of the ratio = its inputs', ratio.denominator, sum('decision', ['both', 'denominator'])],
    ['numerator of rate a = its inputs', rateA.numerator, sum('rateA', ['both'])],
    ['denominator of rate a = its inputs', rateA.denominator, sum('rateA', ['both', 'denominator'])],
  ];
  const prefix = key === undefined ? '' : `${key}: `;
  return claims
    .filter(([, left, right]) => left !== right)
    .map(([name, left, right]) => `${prefix}${name} (${left} ≠ ${right})`);
}
