import type { Limit } from './facts.js';
import type { AnomalyCode, Outcome } from './apply-fact.js';
import { HOUR_MS, dayOf, formatDay, formatInstant, parseDay } from './instant.js';
import type { CivilDay, Instant } from './instant.js';

/** A sentence in both languages of the page. */
export interface Text {
  vi: string;
  en: string;
}

/** `27/04/2026` and `2026-04-27`. */
export function dayText(day: CivilDay): Text {
  const en = formatDay(day);
  return { vi: en.split('-').reverse().join('/'), en };
}
/** With the time of day, as on the clock in Vietnam. */
export function instantText(instant: Instant): Text {
  const time = formatInstant(instant)
    .slice(11, 23)
    .replace(/(:00)?\.000$/, '');
  const day = dayText(dayOf(instant));
  return { vi: `${time} ngày ${day.vi}`, en: `${day.en} ${time}` };
}
export const dueText = (dueDay: CivilDay, dueAt: Instant | null): Text =>
  dueAt === null ? dayText(dueDay) : instantText(dueAt);

const UNIT_TEXT: Record<Limit['unit'], Text> = {
  'working-days': { vi: 'ngày làm việc', en: 'working days' },
  'working-hours': { vi: 'giờ làm việc', en: 'working hours' },
  'calendar-days': { vi: 'ngày', en: 'calendar days' },
  months: { vi: 'tháng', en: 'months' },
};
/** As Vietnamese writes decimals. */
export const decimalComma = (value: number): string => String(value).replace('.', ',');

export const limitText = ({ amount, unit }: Limit): Text => ({
  vi: `${decimalComma(amount)} ${UNIT_TEXT[unit].vi}`,
  en: `${amount} ${UNIT_TEXT[unit].en}`,
});
/** Hours with two decimals. */
export const hoursOf = (ms: number): number => Math.round((ms / HOUR_MS) * 100) / 100;

const CIVIL_CODE = 'BLDS 2015';
/** The articles of the Civil Code by which a limit of each unit is counted. */
export const LIMIT_LAW: Record<Limit['unit'], string[]> = {
  'working-days': [`${CIVIL_CODE} Đ.147(2)`, `${CIVIL_CODE} Đ.148(1)`],
  'calendar-days': [`${CIVIL_CODE} Đ.147(2)`, `${CIVIL_CODE} Đ.148(1)`, `${CIVIL_CODE} Đ.148(5)`],
  months: [`${CIVIL_CODE} Đ.147(3)`, `${CIVIL_CODE} Đ.148(2)–(4)`, `${CIVIL_CODE} Đ.148(5)`],
  'working-hours': [`${CIVIL_CODE} Đ.147(1)`],
};
/** A day term ends at 24:00 of its last day. */
export const DAY_END_LAW = [`${CIVIL_CODE} Đ.148(6)`];

const DECREE_61_FROM = parseDay('2018-06-21')!;
const DECREE_118_FROM = parseDay('2025-07-01')!;
/**
 * The one-stop decree in force on the day of acceptance. The articles of Decree 118/2025 are not named:
 * only its place as the successor is established.
 */
export function oneStopLaw(acceptedOn: CivilDay, article: string): string {
  if (acceptedOn >= DECREE_118_FROM) return 'NĐ 118/2025/NĐ-CP';
  return acceptedOn >= DECREE_61_FROM ? `NĐ 61/2018/NĐ-CP ${article}` : 'QĐ 09/2015/QĐ-TTg';
}

export const ANOMALY_TEXT: Record<AnomalyCode, Text> = {
  'already-submitted': {
    vi: 'Hồ sơ đã được nộp trước đó; sự kiện không có tác dụng.',
    en: 'The dossier had been submitted before; the event has no effect.',
  },
  'already-accepted': {
    vi: 'Hồ sơ đã được tiếp nhận trước đó; sự kiện không có tác dụng.',
    en: 'The dossier had been accepted before; the event has no effect.',
  },
  'not-accepted': {
    vi: 'Hồ sơ chưa được tiếp nhận; sự kiện không có tác dụng.',
    en: 'The dossier had not been accepted; the event has no effect.',
  },
  'already-closed': {
    vi: 'Hồ sơ đã kết thúc trước đó; sự kiện không có tác dụng.',
    en: 'The dossier had been closed before; the event has no effect.',
  },
  'not-closed': {
    vi: 'Hồ sơ chưa kết thúc nên không thể mở lại; sự kiện không có tác dụng.',
    en: 'The dossier was open and could not be reopened; the event has no effect.',
  },
  'already-requested': {
    vi: 'Yêu cầu cùng loại đang chờ trả lời; sự kiện không có tác dụng.',
    en: 'A request of the same kind was outstanding; the event has no effect.',
  },
  'not-requested': {
    vi: 'Không có yêu cầu nào đang chờ; sự kiện không có tác dụng.',
    en: 'No such request was outstanding; the event has no effect.',
  },
  'already-returned': {
    vi: 'Kết quả đã được trả trước đó; sự kiện không có tác dụng.',
    en: 'The result had been handed over before; the event has no effect.',
  },
};

export const OUTCOME_TEXT: Record<Outcome, Text> = {
  ...ANOMALY_TEXT,
  submitted: { vi: 'Nộp hồ sơ; chưa tính thời hạn.', en: 'Submitted; the clock has not started.' },
  accepted: { vi: 'Tiếp nhận; bắt đầu tính thời hạn.', en: 'Accepted; the clock starts.' },
  'ended-before-acceptance': { vi: 'Kết thúc trước khi tiếp nhận.', en: 'Ended before acceptance.' },
  noted: { vi: 'Ghi nhận; không ảnh hưởng thời hạn.', en: 'Noted; no bearing on the deadline.' },
  paused: { vi: 'Tạm dừng tính thời hạn.', en: 'The clock is paused.' },
  'reason-added': { vi: 'Thêm một lý do tạm dừng.', en: 'One more reason to pause.' },
  'reason-ended': {
    vi: 'Hết một lý do tạm dừng, lý do kia còn.',
    en: 'One reason ended, the other is outstanding.',
  },
  resumed: { vi: 'Tiếp tục tính thời hạn.', en: 'The clock runs again.' },
  extended: { vi: 'Hẹn lại ngày trả kết quả.', en: 'A new date was set.' },
  resolved: { vi: 'Giải quyết xong.', en: 'Resolved.' },
  'handed-over': { vi: 'Trả kết quả.', en: 'The result was handed over.' },
  closed: { vi: 'Kết thúc không giải quyết.', en: 'Closed otherwise.' },
  reopened: { vi: 'Mở lại.', en: 'Reopened.' },
  rated: { vi: 'Đánh giá.', en: 'Rated.' },
  'clock-not-started': {
    vi: 'Trước khi tiếp nhận; không ảnh hưởng thời hạn.',
    en: 'Before acceptance; it does not touch the clock.',
  },
};
