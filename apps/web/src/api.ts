import { useCallback, useEffect, useState } from 'react';
import type { Agency } from './agencies.js';
import type { Breakdown, Tree } from './address.js';
import { learnServerTime, serverNow } from './clock.js';
import type { Note } from './comparison.js';
import type { KeyedRow, Row } from './figures.js';

export interface Report {
  from: string;
  to: string;
  asOf: string;
  notes: Note[];
  total: Row;
  rows: KeyedRow[];
  identities: { violations: unknown[] };
}

export type Timeliness =
  'early' | 'on-time' | 'late' | 'no-due-date' | 'paused' | 'overdue' | 'due-soon' | 'in-time';

export interface Dossier {
  source: string;
  code: string;
  procedure: string | null;
  domain: string | null;
  receivingAgency: string | null;
  resolvingAgency: string | null;
  channel: string | null;
  state: string;
  timeliness: Timeliness | null;
  submittedAt: string | null;
  acceptedAt: string | null;
  dueOn: string | null;
  dueAt: string | null;
  dueSource: string | null;
  dueComputedOn: string | null;
  dueMismatch: boolean;
  overdueFrom: string | null;
  pausedSince: string | null;
  pastDueWhilePaused: boolean;
  resolvedAt: string | null;
  returnedAt: string | null;
  extensionCount: number;
  supplementCount: number;
  score: number | null;
  /** Of a list of what happened: when. */
  happenedAt?: string;
  /** Of a list of several figures: the group of figures that counts it. */
  countedAs?: string;
  /** Of a list of what stood at an instant: the deadline and the pause of then. */
  then?: { overdueFrom: string | null; pausedSince: string | null };
}

export interface DossierPage {
  items: Dossier[];
  next: string | null;
  count?: number;
}

export interface Procedure {
  code: string;
  name: string;
  domain: string;
}
export interface AgencyCatalogue {
  agencies: Agency[];
}
export interface ProcedureCatalogue {
  procedures: Procedure[];
}

export const AGENCIES_PATH = '/v1/catalogue/agencies';
export const PROCEDURES_PATH = '/v1/catalogue/procedures';

export function reportPath(query: {
  from: string;
  to: string;
  by?: Breakdown | 'month';
  agency?: string | null;
  procedure?: string | null;
  flat?: boolean;
  tree?: Tree;
}): string {
  const search = new URLSearchParams({ from: query.from, to: query.to });
  if (query.by) search.set('by', query.by);
  if (query.agency) search.set('agency', query.agency);
  if (query.procedure) search.set('procedure', query.procedure);
  if (query.flat) search.set('flat', 'true');
  if (query.tree === 'current') search.set('tree', query.tree);
  return `/v1/reports/timeliness?${search.toString()}`;
}

export function dossiersPath(query: {
  timeliness: 'overdue' | 'due-soon';
  agency: string | null;
  procedure: string | null;
  limit: number;
}): string {
  const search = new URLSearchParams({ timeliness: query.timeliness, limit: String(query.limit) });
  if (query.agency) search.set('agency', query.agency);
  if (query.procedure) search.set('procedure', query.procedure);
  return `/v1/dossiers?${search.toString()}`;
}

export const dossierPath = (source: string, code: string): string =>
  `/v1/dossiers/${encodeURIComponent(source)}/${encodeURIComponent(code)}`;

/** What went wrong, in the server's own words where it had any (problem+json). */
export class ApiError extends Error {
  constructor(
    /** HTTP status; 0: no answer at all. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { accept: 'application/json' }, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, '');
  }
  const body: unknown = await response.json().catch(() => null);
  // From refusals too: a clock a day ahead asks for days the server does not know yet.
  learnServerTime(body, response.headers.get('date'));
  if (!response.ok || body === null) throw new ApiError(response.status, problemText(body));
  // The server's answers are ours (same origin, same release); their shape is checked by its own tests.
  return body as T;
}

/** A refusal in the server's words. */
export async function failureOf(response: Response): Promise<ApiError> {
  return new ApiError(response.status, problemText(await response.json().catch(() => null)));
}

function problemText(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { detail, title } = body as { detail?: unknown; title?: unknown };
  if (typeof detail === 'string' && detail !== '') return detail;
  return typeof title === 'string' ? title : '';
}

export interface Resource<T> {
  data: T | null;
  /** The last attempt's failure; `data` may still hold an earlier answer. */
  error: ApiError | null;
  /** Server time of the answer in `data`. */
  receivedAt: number | null;
  retry: () => void;
}

interface Kept {
  data: unknown;
  receivedAt: number;
}
/** Answers by path, so that "back" shows its page at once and the browser can restore the scroll. */
const kept = new Map<string, Kept>();
const KEPT_ANSWERS = 60;
const RETRY_AFTER_MS = 5_000;

function keep(path: string, data: unknown): Kept {
  const entry = { data, receivedAt: serverNow() };
  kept.delete(path);
  kept.set(path, entry);
  const oldest = kept.keys().next();
  if (kept.size > KEPT_ANSWERS && !oldest.done) kept.delete(oldest.value);
  return entry;
}

interface Asked {
  answer: Promise<unknown>;
  abort: AbortController;
  askers: number;
}
const underWay = new Map<string, Asked>();

/** Several parts of a page may want the same at once: it is asked for once, and given up when the last has gone. */
function ask<T>(path: string): { answer: Promise<T>; leave: () => void } {
  const asked = underWay.get(path) ?? begin(path);
  asked.askers += 1;
  return {
    answer: asked.answer as Promise<T>,
    leave: () => {
      asked.askers -= 1;
      if (asked.askers > 0) return;
      forget(path, asked);
      asked.abort.abort();
    },
  };
}

function begin(path: string): Asked {
  const abort = new AbortController();
  const asked: Asked = { answer: getJson(path, abort.signal), abort, askers: 0 };
  underWay.set(path, asked);
  const over = (): void => forget(path, asked);
  asked.answer.then(over, over);
  return asked;
}

function forget(path: string, asked: Asked): void {
  if (underWay.get(path) === asked) underWay.delete(path);
}

/** How long what moves by itself gives way at most. */
const MOST_PATIENCE_MS = 1_000;

/**
 * Resolves once what the page has asked for has been answered, or after a second: the figures somebody waits for come
 * before what moves by itself.
 */
export async function answered(): Promise<void> {
  const until = performance.now() + MOST_PATIENCE_MS;
  for (;;) {
    // An answer may lead to the next question, once it has been shown.
    await new Promise((next) => window.setTimeout(next));
    const left = until - performance.now();
    if (underWay.size === 0 || left <= 0) return;
    const answers = [...underWay.values()].map(({ answer }) => answer);
    await Promise.race([Promise.allSettled(answers), new Promise((over) => window.setTimeout(over, left))]);
  }
}

/**
 * The answer to a GET, asked again whenever `refresh` changes and, after a failure, by itself. A path
 * of null asks nothing; one that is not wanted yet shows what was answered before.
 */
export function useResource<T>(path: string | null, refresh = 0, wanted = true): Resource<T> {
  const [state, setState] = useState<{ path: string | null; kept: Kept | null; error: ApiError | null }>({
    path: null,
    kept: null,
    error: null,
  });
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt((n) => n + 1), []);

  useEffect(() => {
    if (path === null || !wanted) return;
    let gone = false;
    let timer: number | undefined;
    const { answer, leave } = ask<T>(path);
    answer.then(
      (data) => {
        if (!gone) setState({ path, kept: keep(path, data), error: null });
      },
      (error: unknown) => {
        if (gone) return;
        const failure = error instanceof ApiError ? error : new ApiError(0, String(error));
        setState({ path, kept: kept.get(path) ?? null, error: failure });
        // A fault of the request itself (4xx) does not heal by asking again.
        if (failure.status === 0 || failure.status >= 500) timer = window.setTimeout(retry, RETRY_AFTER_MS);
      },
    );
    return () => {
      gone = true;
      leave();
      window.clearTimeout(timer);
    };
  }, [path, refresh, attempt, retry, wanted]);

  const current = state.path === path ? state : null;
  const answer = path === null ? null : (current?.kept ?? kept.get(path) ?? null);
  return {
    data: (answer?.data ?? null) as T | null,
    error: current?.error ?? null,
    receivedAt: answer?.receivedAt ?? null,
    retry,
  };
}
