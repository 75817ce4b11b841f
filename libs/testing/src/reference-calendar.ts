/**
 * Civil time and working time of the reference model: contract §2, §5 and the table of limits in §4.
 *
 * Everything walks day by day and session by session. That is slow on purpose: this file is read beside the
 * contract, and is what the fast calendar of the product is compared with.
 */

/** An instant in milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

/** A civil day in Asia/Ho_Chi_Minh, counted from 1970-01-01 = 0. */
export type Day = number;

/** The body of `PUT /v1/catalogue/calendars/{id}`. */
export interface CalendarDocument {
  readonly sessions: readonly (readonly [string, string])[];
  readonly days: readonly CalendarDay[];
}

/** A day that differs from "Monday to Friday"; `normal` takes an earlier entry back. */
export interface CalendarDay {
  readonly on: string;
  readonly kind: 'off' | 'work' | 'normal';
  readonly reason: string;
  readonly decision?: string;
}

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
// UTC+7 all year: adding it by hand keeps the host's TZ out of every figure.
const ZONE_MS = 7 * HOUR_MS;

/** The civil day an instant belongs to. */
export const dayOf = (instant: Instant): Day => Math.floor((instant + ZONE_MS) / DAY_MS);

/** 00:00 of a civil day. */
export const startOfDay = (day: Day): Instant => day * DAY_MS - ZONE_MS;

/** `YYYY-MM-DD` to a day; throws on a date that does not exist. */
export function parseDay(text: string): Day {
  const day = Date.parse(`${text}T00:00:00.000Z`) / DAY_MS;
  if (!Number.isInteger(day) || formatDay(day) !== text) throw new Error(`not a civil date: ${text}`);
  return day;
}

/** A day as `YYYY-MM-DD`. */
export const formatDay = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i;

/** An RFC 3339 instant with an offset; digits past the millisecond are cut off, not rounded. */
export function parseInstant(text: string): Instant {
  const match = RFC3339.exec(text);
  if (!match) throw new Error(`not an instant with an offset: ${text}`);
  const [, seconds = '', fraction = '', offset = ''] = match;
  const instant = Date.parse(`${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  if (Number.isNaN(instant)) throw new Error(`not an instant: ${text}`);
  return instant;
}

/** An instant as the contract's answers show it: `2026-11-22T10:00:00.000+07:00`. */
export const formatInstant = (instant: Instant): string =>
  `${new Date(instant + ZONE_MS).toISOString().slice(0, 23)}+07:00`;

/** The corresponding day `months` later, or the month's last day if there is none. */
export function addMonths(day: Day, months: number): Day {
  const date = new Date(day * DAY_MS);
  const firstOfMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1) / DAY_MS;
  const firstOfNext = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 1) / DAY_MS;
  return Math.min(firstOfMonth + date.getUTCDate() - 1, firstOfNext - 1);
}

/** A PUT on top of what was there: `days` merged by date, `normal` removes, `sessions` replaced. */
export function mergeCalendar(before: CalendarDocument, put: CalendarDocument): CalendarDocument {
  const days = new Map(before.days.map((day) => [day.on, day]));
  for (const day of put.days) {
    if (day.kind === 'normal') days.delete(day.on);
    else days.set(day.on, day);
  }
  return { sessions: put.sessions, days: [...days.values()] };
}

/** Questions about working time under one calendar document. */
export class ReferenceCalendar {
  private readonly kinds: ReadonlyMap<Day, 'off' | 'work' | 'normal'>;
  private readonly sessionMs: readonly (readonly [number, number])[];

  constructor(document: CalendarDocument) {
    this.kinds = new Map(document.days.map((day) => [parseDay(day.on), day.kind]));
    this.sessionMs = document.sessions.map(([from, to]) => [clockMs(from), clockMs(to)] as const);
  }

  isWorking(day: Day): boolean {
    const kind = this.kinds.get(day) ?? 'normal';
    if (kind !== 'normal') return kind === 'work';
    const weekday = new Date(day * DAY_MS).getUTCDay();
    return weekday >= 1 && weekday <= 5;
  }

  /** The n-th working day after `day`; `day` itself for n = 0. */
  workingDayAfter(day: Day, n: number): Day {
    let at = day;
    for (let left = n; left > 0;) if (this.isWorking(++at)) left--;
    return at;
  }

  /** The n-th working day before `day`. */
  workingDayBefore(day: Day, n: number): Day {
    let at = day;
    for (let left = n; left > 0;) if (this.isWorking(--at)) left--;
    return at;
  }

  /** `day`, or the next working day if that is off. */
  rollForward(day: Day): Day {
    let at = day;
    while (!this.isWorking(at)) at++;
    return at;
  }

  /** How many working days lie in (after, until]. */
  workingDaysIn(after: Day, until: Day): number {
    let count = 0;
    for (let day = after + 1; day <= until; day++) if (this.isWorking(day)) count++;
    return count;
  }

  /** Milliseconds of working sessions in [from, to). */
  sessionTime(from: Instant, to: Instant): number {
    let total = 0;
    for (let day = dayOf(from); day <= dayOf(to); day++) {
      for (const [start, end] of this.sessionsOf(day)) {
        total += Math.max(0, Math.min(end, to) - Math.max(start, from));
      }
    }
    return total;
  }

  /** The earliest instant at which `ms` of working sessions have passed since `from`. */
  afterSessionTime(from: Instant, ms: number): Instant {
    if (ms === 0) return from;
    let left = ms;
    for (let day = dayOf(from); ; day++) {
      for (const [start, end] of this.sessionsOf(day)) {
        const begin = Math.max(start, from);
        const length = Math.max(0, end - begin);
        if (length >= left) return begin + left;
        left -= length;
      }
    }
  }

  /** The earliest instant at which no more than `ms` of working sessions are left until `due`. */
  whenLeftIs(due: Instant, ms: number): Instant {
    let left = ms;
    for (let day = dayOf(due); ; day--) {
      for (const [start, end] of [...this.sessionsOf(day)].reverse()) {
        const stop = Math.min(end, due);
        const length = Math.max(0, stop - start);
        if (length > left) return stop - left;
        left -= length;
      }
    }
  }

  private sessionsOf(day: Day): readonly (readonly [Instant, Instant])[] {
    if (!this.isWorking(day)) return [];
    const midnight = startOfDay(day);
    return this.sessionMs.map(([start, end]) => [midnight + start, midnight + end] as const);
  }
}

function clockMs(text: string): number {
  const [hours = '', minutes = ''] = text.split(':');
  return Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
}
