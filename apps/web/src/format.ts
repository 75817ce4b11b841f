import type { Language } from './address.js';
import type { CivilDate } from './period.js';

/** Shown where there is no figure: never a zero, never 100 %. */
export const NO_FIGURE = '—';
const NARROW_SPACE = '\u00a0';
const VIETNAM_OFFSET_MS = 7 * 3_600_000;

/** 1.234.567 in Vietnamese, 1,234,567 in English. */
export function formatCount(count: number, language: Language): string {
  const sign = count < 0 ? '−' : '';
  const digits = String(Math.abs(Math.trunc(count)));
  return sign + digits.replace(/\B(?=(\d{3})+$)/g, language === 'vi' ? '.' : ',');
}

/** 97,5 in Vietnamese, 97.5 in English; with as many decimals as there are, or as many as are wished. */
export function formatNumber(number: number, language: Language, decimals?: number): string {
  const text = decimals === undefined ? String(number) : number.toFixed(decimals);
  return language === 'vi' ? text.replace('.', ',') : text;
}

/** The API's percent has two decimals already; it is written out, never rounded again. */
export function formatPercent(percent: number | null, language: Language): string {
  if (percent === null) return NO_FIGURE;
  const text = percent.toFixed(2);
  return (language === 'vi' ? text.replace('.', ',') : text) + NARROW_SPACE + '%';
}

/** dd/MM/yyyy in both languages, so that a printed page cannot be misread. */
export const formatDate = (date: CivilDate): string => date.split('-').reverse().join('/');

/** `2018-03` → 03/2018. */
export const formatMonth = (month: string): string => month.split('-').reverse().join('/');

const vietnam = (instant: number): string => new Date(instant + VIETNAM_OFFSET_MS).toISOString();

/** Everything below is Vietnam's clock, whatever zone the browser is in. */
export const formatTime = (instant: number): string => vietnam(instant).slice(11, 19);
export const formatInstant = (instant: number): string =>
  `${vietnam(instant).slice(11, 19)} ${formatDate(vietnam(instant).slice(0, 10))}`;
export const formatMinute = (instant: number): string =>
  `${vietnam(instant).slice(11, 16)} ${formatDate(vietnam(instant).slice(0, 10))}`;

/** Null for absent or unreadable instants. */
export function parseInstant(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? null : instant;
}

export interface Span {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

export function spanOf(milliseconds: number): Span {
  const seconds = Math.floor(Math.abs(milliseconds) / 1_000);
  return {
    days: Math.floor(seconds / 86_400),
    hours: Math.floor(seconds / 3_600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
}
