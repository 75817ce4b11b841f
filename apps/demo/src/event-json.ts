import { formatDay, type CivilDay } from '#libs/dossier';
import type { DossierHead } from './day-buckets.js';
import type { Step } from './draft.js';
import { DAY_SECONDS, type CivilSecond, type OfficeTime } from './office-time.js';

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
const dayTexts = new Map<CivilDay, string>();

/** `2018-03-15T08:12:33+07:00`. Days are kept as text: a year of events has few of them. */
export function isoSecond(second: CivilSecond): string {
  const day = Math.floor(second / DAY_SECONDS);
  let text = dayTexts.get(day);
  if (text === undefined) {
    text = formatDay(day);
    dayTexts.set(day, text);
  }
  const rest = second - day * DAY_SECONDS;
  const hours = Math.floor(rest / 3_600);
  const minutes = Math.floor((rest - hours * 3_600) / 60);
  return `${text}T${TWO_DIGITS[hours]}:${TWO_DIGITS[minutes]}:${TWO_DIGITS[rest - hours * 3_600 - minutes * 60]}+07:00`;
}

/** The end of office hours on a numbered working day, as receipts print a return date. */
export function isoDayEnd(time: OfficeTime, number: number): string {
  return isoSecond(time.closingTime(number));
}

/** `180315`, as dossier codes write a day. */
export function sixDigitDay(day: CivilDay): string {
  return formatDay(day).slice(2).replaceAll('-', '');
}

/**
 * `H13.21.05` → `000.05.21.H13`: the older form of dossier codes (TT 01/2018/TT-VPCP Art. 19) writes
 * the agency from right to left in four groups.
 */
export function codePrefix(agency: string): string {
  const groups = agency.split('.');
  while (groups.length < 3) groups.push('00');
  return `000.${groups.reverse().join('.')}`;
}

/**
 * One event as CloudEvents JSON. Written by hand: nothing in it needs escaping (codes, numbers and
 * texts of our own), and this is the hottest code of the generator.
 */
export function eventJson({ code, source, numbered }: DossierHead, step: Step): string {
  const sequence = numbered ? `,"sequence":${step.number}` : '';
  const data = step.about ? amendmentData(code, step, step.about) : step.data;
  return `{"specversion":"1.0","source":"${source}","subject":"${code}","id":"${code}.${step.number}","type":"vn.tthc.dossier.${step.type}.v1","time":"${isoSecond(step.at)}"${sequence},"data":${data}}`;
}

function amendmentData(code: string, step: Step, about: Step): string {
  const event = `"event":"${code}.${about.number}"`;
  if (step.trueAt === undefined) return `{${event}}`;
  return `{${event},"type":"vn.tthc.dossier.${about.type}.v1","time":"${isoSecond(step.trueAt)}","data":${step.data}}`;
}
