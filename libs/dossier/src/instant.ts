/** Milliseconds since 1970-01-01T00:00:00Z. All arithmetic here ignores the host's time zone. */
export type Instant = number;

/** A civil day in Asia/Ho_Chi_Minh (UTC+7, no daylight saving), as days since 1970-01-01. */
export type CivilDay = number;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const VIETNAM_OFFSET_MS = 7 * HOUR_MS;

/** The instants the project deals in; what lies outside is refused on reading and cut off in sums. */
export const MIN_INSTANT: Instant = -2_208_988_800_000; // 1900-01-01T00:00:00Z
export const MAX_INSTANT: Instant = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z
/** 9999-12-31, the last civil day a four-digit year can write. */
export const MAX_DAY: CivilDay = 2_932_896;

export const dayOf = (instant: Instant): CivilDay => Math.floor((instant + VIETNAM_OFFSET_MS) / DAY_MS);
export const startOfDay = (day: CivilDay): Instant => day * DAY_MS - VIETNAM_OFFSET_MS;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days of a month of the Gregorian calendar; `month` is 1–12. */
export const daysInMonth = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : DAYS_IN_MONTH[month - 1]!;

/** Days since 1970-01-01 of a Gregorian date; years are counted from March so the leap day comes last. */
export function civilDay(year: number, month: number, day: number): CivilDay {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

/** Year, month (1–12) and day of month; the inverse of `civilDay`. */
export function civilDate(day: CivilDay): { year: number; month: number; day: number } {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** The corresponding day `months` later, the month's last day if there is none (Civil Code 2015 Art. 148(2)–(4)). */
export function addMonths(day: CivilDay, months: number): CivilDay {
  const from = civilDate(day);
  const index = from.year * 12 + from.month - 1 + months;
  const year = Math.floor(index / 12);
  const month = index - year * 12 + 1;
  return civilDay(year, month, Math.min(from.day, daysInMonth(year, month)));
}

/** `count` decimal digits at `at`; -1 if one of them is not a digit. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function dateAt(text: string): CivilDay | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (year < 0 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return civilDay(year, month, day);
}

/**
 * Reads an RFC 3339 instant. The offset is required; digits beyond the millisecond are cut off.
 * Undefined for anything else: 24:00, leap seconds, dates that do not exist, years before 1900.
 * Written out by hand because every event passes here several times.
 */
export function parseInstant(text: string): Instant | undefined {
  const day = dateAt(text);
  if (day === undefined || (text.charCodeAt(10) | 32) !== 116) return undefined; // T or t
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return undefined;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined;

  let at = 19;
  let millisecond = 0;
  if (text.charCodeAt(at) === 46) {
    let scale = 100;
    const first = ++at;
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      millisecond += digit * scale;
      scale = scale === 100 ? 10 : scale === 10 ? 1 : 0;
    }
    if (at === first) return undefined;
  }

  let offsetMinutes = 0;
  const sign = text.charCodeAt(at);
  if (sign === 43 || sign === 45) {
    const hours = digits(text, at + 1, 2);
    const minutes = digits(text, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
    if (text.charCodeAt(at + 3) !== 58 || text.length !== at + 6) return undefined;
    offsetMinutes = (hours * 60 + minutes) * (sign === 43 ? 1 : -1);
  } else if ((sign | 32) !== 122 || text.length !== at + 1) {
    return undefined; // neither Z nor z
  }

  const instant = day * DAY_MS + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000 + millisecond;
  return instant < MIN_INSTANT || instant > MAX_INSTANT ? undefined : instant;
}

/** Reads `YYYY-MM-DD`, years 0001–9999; undefined for anything else. */
export function parseDay(text: string): CivilDay | undefined {
  if (text.length !== 10) return undefined;
  const day = dateAt(text);
  return day === undefined || day < -719_162 ? undefined : day;
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const TWO_DIGITS = Array.from({ length: 100 }, (_, i) => pad(i, 2));
const THREE_DIGITS = Array.from({ length: 1000 }, (_, i) => pad(i, 3));
const MINUTES_OF_DAY = Array.from(
  { length: 1440 },
  (_, i) => `${pad(Math.floor(i / 60), 2)}:${pad(i % 60, 2)}`,
);

/** The days written last, each in a place of its own: the same few hundred come again and again. */
const REMEMBERED_DAYS = 1024;
const rememberedDays = new Array<CivilDay>(REMEMBERED_DAYS);
const rememberedTexts = new Array<string>(REMEMBERED_DAYS);

/** `YYYY-MM-DD`. */
export function formatDay(day: CivilDay): string {
  const place = day & (REMEMBERED_DAYS - 1);
  if (rememberedDays[place] !== day) {
    const date = civilDate(day);
    rememberedDays[place] = day;
    rememberedTexts[place] = `${pad(date.year, 4)}-${TWO_DIGITS[date.month]}-${TWO_DIGITS[date.day]}`;
  }
  return rememberedTexts[place]!;
}

/**
 * `2026-11-22T10:00:00.000+07:00`, Vietnam's offset; the last hours of the year 9999, which have a
 * five-digit year there, in UTC.
 */
export function formatInstant(instant: Instant): string {
  const inVietnam = instant < startOfDay(MAX_DAY + 1);
  const local = inVietnam ? instant + VIETNAM_OFFSET_MS : instant;
  const day = Math.floor(local / DAY_MS);
  const ms = local - day * DAY_MS;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${formatDay(day)}T${MINUTES_OF_DAY[minutes]}:${TWO_DIGITS[seconds - minutes * 60]}.${THREE_DIGITS[ms - seconds * 1000]}${inVietnam ? '+07:00' : 'Z'}`;
}
