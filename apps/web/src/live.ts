import { useCallback, useEffect, useRef, useState } from 'react';
import {
  answered,
  dossiersPath,
  getJson,
  reportPath,
  type Dossier,
  type DossierPage,
  type Report,
} from './api.js';
import { serverNow } from './clock.js';
import type { Row } from './figures.js';
import { parseInstant } from './format.js';
import { civilDateOf } from './period.js';
import {
  applyEvents,
  classify,
  keyOf,
  listOf,
  LIVE_EVENTS,
  nextChange,
  type LiveEvent,
  type LiveEventType,
  type LiveList,
} from './live-list.js';

export type Connection = { state: 'connecting' | 'open' } | { state: 'lost'; since: number };

export interface LiveSnapshot {
  overdue: Dossier[];
  dueSoon: Dossier[];
  /** The server holds more than the page does. */
  cut: { overdue: boolean; dueSoon: boolean };
  loaded: boolean;
  connection: Connection;
  /** Today's figures of the chosen agency and procedure. */
  totals: Row | null;
  /** Keys that became overdue while the page was open. */
  fresh: ReadonlySet<string>;
  /** Counts up whenever figures should be asked for again. */
  refresh: number;
  /** What to say to a screen reader; a new object each time. */
  announcement: Announcement | null;
  /** Server time at which the reader stopped all movement; null: moving. */
  pausedAt: number | null;
  /** Messages held back since. */
  pending: number;
}
export interface Announcement {
  overdue: number;
  resolved: number;
}

export interface Live extends LiveSnapshot {
  setPaused: (paused: boolean) => void;
}

const LIST_LIMIT = 500;
const REOPEN_AFTER_MS = 5_000;
const STREAM_OPENS_WITHIN_MS = 1_000;
const RELOAD_EVERY_MS = 30_000;
const REFRESH_EVERY_MS = 5_000;
const REFRESH_SETTLE_MS = 300;
const INBOX_WAIT_MS = 100;
const CONFIRM_AFTER_MS = 2_000;
const ANNOUNCE_FIRST_MS = 1_000;
const ANNOUNCE_EVERY_MS = 10_000;
/** Browsers allow few connections to one host: a tab nobody looks at gives its stream back. */
const HIDDEN_CLOSES_AFTER_MS = 60_000;
const LONGEST_TIMER_MS = 3_600_000;

const EMPTY: LiveSnapshot = {
  overdue: [],
  dueSoon: [],
  cut: { overdue: false, dueSoon: false },
  loaded: false,
  connection: { state: 'connecting' },
  totals: null,
  fresh: new Set(),
  refresh: 0,
  announcement: null,
  pausedAt: null,
  pending: 0,
};

export interface LiveFilter {
  agency: string | null;
  procedure: string | null;
}

/** The lists and figures that move by themselves, for one agency and procedure. */
export function useLive({ agency, procedure }: LiveFilter): Live {
  const [told, setTold] = useState<{ of: LiveFilter; snapshot: LiveSnapshot } | null>(null);
  const opened = useRef<LiveConnection | null>(null);
  const pausedAt = useRef<number | null>(null);

  useEffect(() => {
    const of = { agency, procedure };
    const live = new LiveConnection(of, pausedAt.current, (snapshot) => setTold({ of, snapshot }));
    opened.current = live;
    return () => live.close();
  }, [agency, procedure]);

  const setPaused = useCallback((paused: boolean) => {
    pausedAt.current = paused ? serverNow() : null;
    opened.current?.setPaused(pausedAt.current);
  }, []);
  // What was told of another agency is nothing here; whether all stands still holds everywhere.
  const mine = told?.of.agency === agency && told.of.procedure === procedure;
  const snapshot = mine ? told.snapshot : { ...EMPTY, pausedAt: told?.snapshot.pausedAt ?? null };
  return { ...snapshot, setPaused };
}

class LiveConnection {
  private list: LiveList = new Map();
  private cut = EMPTY.cut;
  private loaded = false;
  private connection: Connection = { state: 'connecting' };
  private totals: Row | null = null;
  private totalsText = '';
  private refresh = 0;
  private refreshedAt = performance.now();
  private announcement: Announcement | null = null;
  private pending = 0;
  private shown: LiveSnapshot = EMPTY;

  /** Overdue ones already known, by deadline: a new deadline may be announced anew. */
  private readonly known = new Set<string>();
  private readonly fresh = new Set<string>();
  private unsaid: Announcement = { overdue: 0, resolved: 0 };
  /** Messages that came while a list was being fetched; they may be newer than its answer. */
  private duringLoad: LiveEvent[] | null = null;
  private inbox: LiveEvent[] = [];
  private loadAgain = false;

  private stream: EventSource | null = null;
  private readonly abort = new AbortController();
  private readonly timers = new Map<string, number>();

  constructor(
    private readonly filter: LiveFilter,
    private pausedAt: number | null,
    private readonly onChange: (snapshot: LiveSnapshot) => void,
  ) {
    void answered().then(() => {
      if (!this.abort.signal.aborted && this.stream === null) this.open();
    });
    const { signal } = this.abort;
    document.addEventListener('visibilitychange', () => this.visibilityChanged(), { signal });
    window.addEventListener('offline', () => this.lost(), { signal });
    window.addEventListener('online', () => this.open(), { signal });
  }

  close(): void {
    this.abort.abort();
    this.stream?.close();
    this.timers.forEach((timer) => window.clearTimeout(timer));
    this.timers.clear();
  }

  setPaused(pausedAt: number | null): void {
    this.pausedAt = pausedAt;
    this.pending = 0;
    if (pausedAt === null) this.refresh += 1;
    this.publish();
  }

  private open(): void {
    this.stream?.close();
    const query =
      this.filter.agency === null ? '' : `?${new URLSearchParams({ agency: this.filter.agency })}`;
    const stream = new EventSource(`/v1/stream${query}`);
    this.stream = stream;
    stream.addEventListener('open', () => {
      this.connection = { state: 'open' };
      this.publish();
      // The stream resumes where it broke off; the list is fetched all the same, because not every
      // change of a dossier (an extension, a pause) is a message.
      void this.load();
    });
    stream.addEventListener('error', () => {
      this.lost();
      // CLOSED: the browser has given up (the answer was no event stream); anything else it repairs itself.
      if (stream.readyState === EventSource.CLOSED) this.after('open', REOPEN_AFTER_MS, () => this.open());
    });
    for (const type of LIVE_EVENTS) {
      stream.addEventListener(type, (message: MessageEvent<string>) => {
        const dossier = parse<Dossier>(message.data);
        if (dossier !== null) this.received(type, dossier);
      });
    }
    stream.addEventListener('totals', (message: MessageEvent<string>) => {
      const totals = parse<Row>(message.data);
      if (totals === null || message.data === this.totalsText) return;
      this.totalsText = message.data;
      // The stream's totals are of the agency, whatever the procedure.
      if (this.filter.procedure === null) this.totals = totals;
      this.refreshSoon();
      this.publish();
    });
    // Also while the stream does not open, the list is worth showing.
    if (!this.loaded) this.after('load', STREAM_OPENS_WITHIN_MS, () => void this.load());
  }

  private lost(): void {
    if (this.connection.state === 'lost') return;
    this.connection = { state: 'lost', since: serverNow() };
    this.publish();
  }

  private received(type: LiveEventType, dossier: Dossier): void {
    if (this.filter.procedure !== null && dossier.procedure !== this.filter.procedure) return;
    this.duringLoad?.push([type, dossier]);
    this.inbox.push([type, dossier]);
    // Thousands may come at once: sorted and shown together, not each for itself.
    if (!this.timers.has('inbox')) this.after('inbox', INBOX_WAIT_MS, () => this.emptyInbox());
  }

  private emptyInbox(): void {
    const events = this.inbox;
    this.inbox = [];
    // A resolution is news here only if its dossier was on the lists.
    this.unsaid.resolved += events.filter(
      ([type, dossier]) => type === 'resolved' && this.list.has(keyOf(dossier)),
    ).length;
    this.list = applyEvents(this.list, events);
    if (this.pausedAt !== null) this.pending += events.length;
    this.refreshSoon();
    this.publish();
  }

  private async load(): Promise<void> {
    if (this.duringLoad !== null) {
      // Asked before the stream stood: its answer may miss what happened in between.
      this.loadAgain = true;
      return;
    }
    this.loadAgain = false;
    // What came before the question must not be laid over the answer.
    if (this.inbox.length > 0) this.emptyInbox();
    this.duringLoad = [];
    this.clear('load');
    const { agency, procedure } = this.filter;
    const page = (timeliness: 'overdue' | 'due-soon'): Promise<DossierPage> =>
      getJson(dossiersPath({ timeliness, agency, procedure, limit: LIST_LIMIT }), this.abort.signal);
    try {
      const today = civilDateOf(serverNow());
      // The figures of today say how many there are beyond the page, and the server's time exactly.
      const [dueSoon, overdue, report] = await Promise.all([
        page('due-soon'),
        page('overdue'),
        getJson<Report>(reportPath({ from: today, to: today, agency, procedure }), this.abort.signal),
      ]);
      this.totals = report.total;
      const list = new Map([...this.beyond(overdue), ...listOf(dueSoon.items), ...listOf(overdue.items)]);
      this.list = applyEvents(list, this.duringLoad);
      this.cut = { overdue: overdue.next !== null, dueSoon: dueSoon.next !== null };
      // What is overdue at the beginning is no news.
      if (!this.loaded) this.markKnown(classify(this.list, serverNow()).overdue);
      this.loaded = true;
      if (this.stream?.readyState === EventSource.OPEN) this.connection = { state: 'open' };
    } catch {
      if (this.abort.signal.aborted) return;
      this.lost();
    } finally {
      this.duringLoad = null;
    }
    this.publish();
    const wait = this.loadAgain ? 0 : this.loaded ? RELOAD_EVERY_MS : REOPEN_AFTER_MS;
    this.after('load', wait, () => {
      this.refreshSoon();
      void this.load();
    });
  }

  /**
   * The server lists the longest overdue first. Where it has more than one page, what the stream
   * told us of later deadlines lies beyond that page and must not vanish with a reload.
   */
  private beyond(page: DossierPage): [string, Dossier][] {
    const last = page.next === null ? null : parseInstant(page.items.at(-1)?.overdueFrom);
    if (last === null) return [];
    return [...this.list].filter(([, dossier]) => (parseInstant(dossier.overdueFrom) ?? 0) > last);
  }

  private markKnown(overdue: readonly Dossier[]): Dossier[] {
    const unknown = overdue.filter((dossier) => !this.known.has(deadlineKey(dossier)));
    for (const dossier of unknown) this.known.add(deadlineKey(dossier));
    return unknown;
  }

  private publish(): void {
    if (this.abort.signal.aborted) return;
    const now = serverNow();
    const lists = classify(this.list, now);
    if (this.loaded) {
      const unknown = this.markKnown(lists.overdue);
      for (const dossier of unknown) this.fresh.add(keyOf(dossier));
      this.unsaid.overdue += unknown.length;
      if (this.unsaid.overdue + this.unsaid.resolved > 0) this.announceSoon();
    }
    const frozen = this.pausedAt !== null && this.shown.loaded;
    this.shown = {
      ...(frozen
        ? this.shown
        : {
            ...lists,
            cut: this.cut,
            loaded: this.loaded,
            totals: this.totals,
            fresh: new Set(this.fresh),
            refresh: this.refresh,
            announcement: this.announcement,
          }),
      connection: this.connection,
      pausedAt: this.pausedAt,
      pending: this.pending,
    };
    this.onChange(this.shown);
    this.wakeAt(nextChange(this.list, now), now);
  }

  /** Wakes in the millisecond in which the next deadline passes: the screen does not wait for a message. */
  private wakeAt(next: number | null, now: number): void {
    this.clear('wake');
    if (next === null) return;
    this.after('wake', Math.min(next - now + 1, LONGEST_TIMER_MS), () => {
      if (serverNow() >= next) {
        this.refreshSoon();
        // The deadline may have been moved without a message: let the server confirm.
        if (!this.timers.has('confirm')) this.after('confirm', CONFIRM_AFTER_MS, () => void this.load());
      }
      this.publish();
    });
  }

  /** At once if the figures have not been asked for lately, else when the interval is over. */
  private refreshSoon(): void {
    if (this.timers.has('refresh')) return;
    const wait = this.refreshedAt + REFRESH_EVERY_MS - performance.now();
    this.after('refresh', Math.max(REFRESH_SETTLE_MS, wait), () => {
      if (document.hidden) return;
      this.refresh += 1;
      this.refreshedAt = performance.now();
      this.publish();
    });
  }

  private announceSoon(): void {
    if (this.timers.has('announce') || this.pausedAt !== null) return;
    this.after('announce', this.announcement === null ? ANNOUNCE_FIRST_MS : ANNOUNCE_EVERY_MS, () => {
      this.announcement = this.unsaid;
      this.unsaid = { overdue: 0, resolved: 0 };
      this.publish();
    });
  }

  private visibilityChanged(): void {
    if (document.hidden) {
      this.after('hidden', HIDDEN_CLOSES_AFTER_MS, () => {
        this.stream?.close();
        this.stream = null;
      });
      return;
    }
    this.clear('hidden');
    if (this.stream === null) this.open();
    this.refreshSoon();
    this.publish();
  }

  private after(name: string, milliseconds: number, action: () => void): void {
    this.clear(name);
    const timer = window.setTimeout(() => {
      this.timers.delete(name);
      action();
    }, milliseconds);
    this.timers.set(name, timer);
  }

  private clear(name: string): void {
    window.clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }
}

const deadlineKey = (dossier: Dossier): string => `${keyOf(dossier)}\u001f${dossier.overdueFrom ?? ''}`;

function parse<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}

/** The server's time, second by second; stands still while `frozenAt` is given. */
export function useSeconds(frozenAt: number | null): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (frozenAt !== null) return;
    const timer = window.setInterval(() => tick((n) => n + 1), 1_000);
    return () => window.clearInterval(timer);
  }, [frozenAt]);
  // Not the instant of the last tick: a list that changes between two ticks must not show the second before.
  return frozenAt ?? serverNow();
}
