import { compileCalendar, civilDay, type CalendarDocument, type CivilDay } from '#libs/dossier';
import { readRepositoryJson } from './repository.js';

/** Seconds since 1970-01-01 00:00 in Vietnam, so that a civil day is a plain division away. */
export type CivilSecond = number;

/**
 * Seconds of working sessions since the first working day of the replay. On this axis nights,
 * weekends and Tết do not exist, so placing an event in office hours is one addition.
 */
export type OfficeSecond = number;

/** The last moments that still belong to the replay. */
export interface Horizon {
  /** End of the last working day, on the office axis. */
  office: OfficeSecond;
  /** 24:00 of the last day. */
  civil: CivilSecond;
}

export const DAY_SECONDS = 86_400;
const FIRST_DAY = civilDay(2018, 1, 1);
/** Long enough for the deadlines of what is still open at the end of 2018. */
const LAST_DAY = civilDay(2020, 6, 30);

/** Working days numbered from 0, and the way between the civil and the office axis, from tables. */
export interface OfficeTime {
  /** Length of a working day in seconds. */
  readonly daySeconds: number;
  isWorkingDay(day: CivilDay): boolean;
  /** Number of the last working day up to `day`; -1 before the first. */
  numberUpTo(day: CivilDay): number;
  /** Number of the first working day from `day` on. */
  numberFrom(day: CivilDay): number;
  dayOfNumber(number: number): CivilDay;
  /** Outside the sessions: the beginning of the next one. */
  toOffice(second: CivilSecond): OfficeSecond;
  /** An end of a session is written as the beginning of the next. */
  toCivil(second: OfficeSecond): CivilSecond;
  /** The end of the last session of a numbered working day. */
  closingTime(number: number): CivilSecond;
}

export function loadOfficeTime(): OfficeTime {
  return officeTime(readRepositoryJson<CalendarDocument>('data/calendars/default.json'));
}

/** Tables for 2018-01-01 to 2020-06-30 under a working calendar. */
export function officeTime(document: CalendarDocument): OfficeTime {
  const calendar = compileCalendar(1, document);
  const days: CivilDay[] = [];
  const numbers = new Int32Array(LAST_DAY - FIRST_DAY + 1);
  for (let day = FIRST_DAY; day <= LAST_DAY; day++) {
    if (calendar.isWorkingDay(day)) days.push(day);
    numbers[day - FIRST_DAY] = days.length - 1;
  }
  const sessions = document.sessions.map(([from, until]) => {
    const start = secondsOf(from);
    return { start, length: secondsOf(until) - start };
  });
  const daySeconds = sessions.reduce((sum, session) => sum + session.length, 0);
  const last = sessions[sessions.length - 1]!;
  const closing = last.start + last.length;

  const isWorkingDay = (day: CivilDay): boolean =>
    day >= FIRST_DAY && days[numbers[day - FIRST_DAY]!] === day;
  const numberUpTo = (day: CivilDay): number => (day < FIRST_DAY ? -1 : numbers[day - FIRST_DAY]!);
  const numberFrom = (day: CivilDay): number => (isWorkingDay(day) ? numberUpTo(day) : numberUpTo(day) + 1);

  return {
    daySeconds,
    isWorkingDay,
    numberUpTo,
    numberFrom,
    dayOfNumber: (number) => days[number]!,
    toOffice(second) {
      const day = Math.floor(second / DAY_SECONDS);
      if (!isWorkingDay(day)) return (numberUpTo(day) + 1) * daySeconds;
      let office = numberUpTo(day) * daySeconds;
      const timeOfDay = second - day * DAY_SECONDS;
      for (const { start, length } of sessions) {
        if (timeOfDay <= start) break;
        office += Math.min(timeOfDay - start, length);
      }
      return office;
    },
    toCivil(second) {
      const number = Math.floor(second / daySeconds);
      let rest = second - number * daySeconds;
      const midnight = days[number]! * DAY_SECONDS;
      for (const { start, length } of sessions) {
        if (rest < length) return midnight + start + rest;
        rest -= length;
      }
      return midnight + closing;
    },
    closingTime: (number) => days[number]! * DAY_SECONDS + closing,
  };
}

function secondsOf(time: string): number {
  return Number(time.slice(0, 2)) * 3_600 + Number(time.slice(3, 5)) * 60;
}
