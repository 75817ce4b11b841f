import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  chainAt,
  type Chain,
  type CloudEventJson,
  formatInstant,
  fullType,
  pollUntil,
  type Standalone,
  startStandalone,
} from '#libs/testing';

jest.setTimeout(120_000);

const AGENCIES = 300;
const PROCEDURES = 2_000;
const DOSSIERS = 3_000;
const SOURCES = 8;
/** Series of one process at most: what a small Prometheus takes without a thought. */
const BUDGET = 20_000;
const HOUR = 3_600_000;

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

describe('the metrics of a province: 300 agencies, 2,000 procedures', () => {
  let standalone: Standalone | undefined;
  let chain: Chain;
  const agencies = Array.from({ length: AGENCIES }, (_, nth) => `A${nth}`);

  beforeAll(async () => {
    standalone = await startStandalone();
    chain = chainAt(standalone.url);
    await chain.putAgencies(agencies.map((id) => ({ id, name: `Cơ quan ${id}`, kind: 'office' })));
    await chain.putProcedures(
      Array.from({ length: PROCEDURES }, (_, nth) => ({
        ...{ code: `1.${String(nth).padStart(6, '0')}`, name: `Thủ tục ${nth}`, domain: 'đất đai' },
        limits: [],
      })),
    );
    const events = Array.from({ length: DOSSIERS }, (_, nth) => historyOf(nth)).flat();
    for (let from = 0; from < events.length; from += 4_000) {
      await chain.post(events.slice(from, from + 4_000));
    }
    await chain.caughtUp();
    // When a source was last heard is written within a second, beside the batches.
    await pollUntil('every source in the metrics', 10_000, async () => {
      const text = await scrape();
      return Array.from({ length: SOURCES }, (_, nth) => `source="urn:source:${nth}"`).every((source) =>
        text.includes(source),
      );
    });
  });
  afterAll(() => standalone?.stop());

  /** A tenth overdue, a tenth paused, a third resolved, some of those late; the others run. */
  function historyOf(nth: number): CloudEventJson[] {
    const started = Date.now() - 30 * 24 * HOUR;
    const event = (type: Parameters<typeof fullType>[0], at: number, data: object): CloudEventJson => ({
      ...{ specversion: '1.0', source: `urn:source:${nth % SOURCES}`, id: `e${nth}-${type}` },
      ...{ type: fullType(type), subject: `HOSO-${nth}`, time: formatInstant(at), data: data },
    });
    const dueAt = formatInstant(
      nth % 10 === 0 ? started + 5 * 24 * HOUR : Date.now() + (nth % 30) * 24 * HOUR,
    );
    const procedure = `1.${String(nth % PROCEDURES).padStart(6, '0')}`;
    const first = event('accepted', started, {
      ...{ procedure, receivingAgency: agencies[nth % AGENCIES], channel: 'counter', dueAt },
    });
    if (nth % 10 === 1) return [first, event('supplement-requested', started + HOUR, {})];
    return nth % 3 === 0 ? [first, event('resolved', started + (nth % 12) * 24 * HOUR, {})] : [first];
  }

  const scrape = async () => (await fetch(`${standalone?.url}/metrics`)).text();
  const samples = async () => parse(await scrape());

  it('stay within the budget of series and hold nothing that grows with the dossiers', async () => {
    const all = await samples();
    expect(all.length).toBeLessThanOrEqual(BUDGET);
    expect(all.length).toBeGreaterThan(AGENCIES * 20);
    const values = new Map<string, Set<string>>();
    for (const { labels } of all) {
      for (const [label, value] of Object.entries(labels)) {
        values.set(label, (values.get(label) ?? new Set()).add(value));
      }
    }
    expect([...(values.get('agency') ?? [])].sort()).toEqual([...agencies].sort());
    expect(values.get('source')?.size).toBe(SOURCES);
    values.delete('agency');
    for (const [label, found] of values) {
      expect([label, found.size < 60]).toEqual([label, true]);
      expect([...found].filter((value) => /HOSO|1\.\d{6}/.test(value))).toEqual([]);
    }
  });

  it('say of every agency what the report and the list say', async () => {
    const now = Date.now();
    const open = (await samples()).filter(({ name }) => name === 'dossier_open');
    expect(open).toHaveLength(AGENCIES * 6);
    const of = (agency: string, ...states: string[]) =>
      open
        .filter(({ labels }) => labels.agency === agency && states.includes(labels.state ?? ''))
        .reduce((sum, { value }) => sum + value, 0);
    const response = await fetch(
      `${standalone?.url}/v1/reports/timeliness?from=2018-01-01&to=${formatInstant(now).slice(0, 10)}&by=agency&flat=true`,
    );
    const { rows } = (await response.json()) as {
      rows: { key: string; open: Record<'inTime' | 'overdue' | 'paused' | 'pausedPastDue', number> }[];
    };
    expect(rows).toHaveLength(AGENCIES);
    for (const { key, open: figures } of rows) {
      expect([key, of(key, 'in_time', 'due_soon'), of(key, 'overdue')]).toEqual([
        ...[key, figures.inTime, figures.overdue],
      ]);
      expect([key, of(key, 'paused', 'paused_past_due'), of(key, 'paused_past_due')]).toEqual([
        ...[key, figures.paused, figures.pausedPastDue],
      ]);
    }
    const listed = async (timeliness: 'overdue' | 'due-soon') =>
      (await chain.list({ timeliness }, 500)).length;
    const inAll = (state: string) => agencies.reduce((sum, agency) => sum + of(agency, state), 0);
    expect(inAll('overdue')).toBe(await listed('overdue'));
    expect(inAll('overdue')).toBeGreaterThan(0);
    expect(inAll('due_soon')).toBe(await listed('due-soon'));
    expect(inAll('due_soon')).toBeGreaterThan(0);
  });

  it('are those of docs/metrics.md', async () => {
    const documented = [...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(dossier_\w+)`/gm)].map(
      ([, name]) => name ?? '',
    );
    const served = [...(await scrape()).matchAll(/^# TYPE (dossier_\w+)/gm)].map(([, name]) => name ?? '');
    // There is no outbox without Kafka.
    expect(served.sort()).toEqual(documented.filter((name) => !name.startsWith('dossier_outbox_')).sort());
  });

  it('begin at zero, tell of every event once, and of no lag at rest', async () => {
    const all = await samples();
    const sum = (name: string, labels: Record<string, string> = {}) =>
      all
        .filter((one) => one.name === name)
        .filter((one) => Object.entries(labels).every(([label, value]) => one.labels[label] === value))
        .reduce((total, { value }) => total + value, 0);
    const events = Array.from({ length: DOSSIERS }, (_, nth) => historyOf(nth).length).reduce(
      (a, b) => a + b,
    );
    expect(sum('dossier_events_received_total')).toBe(events);
    expect(sum('dossier_events_applied_total', { result: 'applied' })).toBe(events);
    expect(sum('dossier_events_applied_total', { type: fullType('withdrawn') })).toBe(0);
    expect(sum('dossier_event_freshness_seconds_count')).toBe(events);
    const paused = Array.from({ length: DOSSIERS }, (_, nth) => nth).filter((nth) => nth % 10 === 1).length;
    expect(sum('dossier_deadline_computations_total', { cause: 'new' })).toBe(DOSSIERS);
    expect(sum('dossier_deadline_computations_total', { cause: 'calendar' })).toBe(0);
    expect(sum('dossier_deadline_compute_seconds_count')).toBe(sum('dossier_deadline_computations_total'));
    // What arrived in one request with its acceptance is one step with it.
    expect(sum('dossier_deadline_computations_total', { cause: 'pause' })).toBeLessThanOrEqual(paused);
    for (const group of ['processing', 'reporting']) {
      expect(sum('dossier_consumer_assigned_partitions', { group })).toBe(4);
      expect(sum('dossier_consumer_lag_messages', { group })).toBe(0);
      expect(sum('dossier_event_oldest_unapplied_age_seconds', { group })).toBe(0);
    }
    expect(sum('dossier_consumer_offset', { group: 'processing' })).toBe(events);
    expect(sum('dossier_quarantine_rows')).toBe(0);
    expect(all.filter(({ name }) => name === 'dossier_quarantine_rows').length).toBeGreaterThan(5);
    // Nothing has been checked yet, and it is not overdue either.
    expect(Math.abs(Date.now() / 1_000 - sum('dossier_identity_checked_timestamp_seconds'))).toBeLessThan(
      600,
    );
    expect(Math.abs(sum('dossier_clock_skew_seconds'))).toBeLessThan(0.5);
    expect(sum('dossier_calendar_horizon_days')).toBeGreaterThan(0);
    expect(sum('dossier_http_request_seconds_count', { route: '/v1/events', status: '2xx' })).toBe(
      Math.ceil(events / 4_000),
    );
  });

  it('know when each source was last heard of', async () => {
    const heard = async () =>
      (await samples()).filter(({ name }) => name === 'dossier_source_last_event_timestamp_seconds');
    await pollUntil('every source to be noted', 10_000, async () => (await heard()).length === SOURCES);
    for (const { value } of await heard()) expect(Date.now() / 1_000 - value).toBeLessThan(120);
  });
});

/** The text format of Prometheus, as far as it is used here. */
function parse(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return {
        name,
        labels: Object.fromEntries(
          [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', content = '']) => [
            label,
            content,
          ]),
        ),
        value: Number(value),
      };
    });
}
