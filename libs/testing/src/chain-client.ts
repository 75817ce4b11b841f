import { formatInstant, type CalendarDocument, type Instant } from './reference-calendar.js';
import type { CloudEventJson } from './reference-events.js';
import type { Agency, Dossier, DossierFilter, ReportQuery, Row } from './reference-model.js';
import type { Procedure } from './reference-fold.js';
import { pollUntil } from './standalone.js';

/** The outside contract over HTTP, for specs: what a one-stop system and a reader of figures would call. */
export interface Chain {
  putAgencies(agencies: readonly Agency[]): Promise<void>;
  putProcedures(procedures: readonly Procedure[]): Promise<void>;
  calendar(): Promise<CalendarDocument>;
  putCalendar(document: CalendarDocument): Promise<void>;
  /** Posts one batch; throws unless all of it was accepted. */
  post(events: readonly CloudEventJson[]): Promise<void>;
  /** Waits until everything accepted has reached the figures. */
  caughtUp(): Promise<void>;
  /** All pages of the list, as known now or at an instant. */
  list(filter: DossierFilter, limit: number, asOf?: Instant): Promise<Dossier[]>;
  dossier(source: string, code: string): Promise<DossierDetail>;
  report(query: ReportQuery, asOf: Instant): Promise<ReportAnswer>;
  /** The status of a GET, for what must be refused. */
  status(path: string): Promise<number>;
}

export interface DossierDetail extends Dossier {
  readonly events: readonly { readonly id: string }[];
  readonly anomalies: readonly unknown[];
}

export interface ReportAnswer {
  readonly from: string;
  readonly asOf: string;
  readonly by?: string | null;
  readonly total: Row;
  readonly rows: readonly (Row & { readonly key: string; readonly name: string })[];
  readonly identities: { readonly violations: readonly unknown[] };
}

const CAUGHT_UP_WITHIN_MS = 45_000;

/** @param url where the process started by `startStandalone` listens */
export function chainAt(url: string): Chain {
  const call = async (path: string, init?: RequestInit): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${url}${path}`, init);
    return { status: response.status, text: await response.text() };
  };
  const get = async <T>(path: string): Promise<T> => {
    const { status, text } = await call(path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  };
  const send = async (method: string, path: string, type: string, body: unknown, expected: number) => {
    const headers = { 'content-type': type };
    const { status, text } = await call(path, { method, headers, body: JSON.stringify(body) });
    if (status !== expected) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as unknown;
  };
  const put = async (path: string, body: unknown): Promise<void> => {
    await send('PUT', `/v1/catalogue/${path}`, 'application/json', body, 200);
  };

  return {
    putAgencies: (agencies) => put('agencies', { agencies }),
    putProcedures: (procedures) => put('procedures', { procedures }),
    calendar: () => get<CalendarDocument>('/v1/catalogue/calendars/default'),
    putCalendar: (document) => put('calendars/default', document),
    post: async (events) => {
      const answer = await send('POST', '/v1/events', 'application/cloudevents-batch+json', events, 202);
      const accepted = (answer as { accepted?: number }).accepted;
      if (accepted !== events.length) throw new Error(`accepted ${accepted} of ${events.length}`);
    },
    caughtUp: async () => {
      let last: unknown;
      await pollUntil('the figures to catch up', CAUGHT_UP_WITHIN_MS, async () => {
        const progress = await get<{ caughtUp: boolean }>('/v1/progress');
        last = progress;
        return progress.caughtUp;
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; last seen ${JSON.stringify(last)}`);
      });
    },
    list: async (filter, limit, asOf) => {
      const known = asOf === undefined ? {} : { asOf: formatInstant(asOf) };
      const items: Dossier[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: Dossier[]; next: string | null } = await get(
          `/v1/dossiers?${query({ ...filter, ...known, limit, cursor })}`,
        );
        if (page.items.length > limit) throw new Error(`a page of ${page.items.length} for limit ${limit}`);
        items.push(...page.items);
        cursor = page.next;
      } while (cursor !== null);
      return items;
    },
    dossier: (source, code) => get(`/v1/dossiers/${encodeURIComponent(source)}/${encodeURIComponent(code)}`),
    report: (asked, asOf) => get(`/v1/reports/timeliness?${query({ ...asked, asOf: formatInstant(asOf) })}`),
    status: async (path) => (await call(path)).status,
  };
}

function query(values: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const set = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === null || value === undefined ? [] : [[name, String(value)]],
  );
  return new URLSearchParams(set).toString();
}
