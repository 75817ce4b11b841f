import { pause } from '#libs/platform';
import { formatInstant } from '#libs/dossier';
import { measureFloor } from './chain.js';
import { SyntheticDossiers } from './dossiers.js';
import { eventJson, steadyLoad } from './live.js';
import { options } from './options.js';
import { percentile } from './percentiles.js';
import { perSecond, say } from './say.js';
import { type Servers, withStandalone } from './servers.js';
import { call, caughtUp, makeWorkload, putCatalogue, sendAll } from './workload.js';

const MINUTE_MS = 60_000;

/** Who asks without a pause, and how often all of them together ask each question of a case. */
const CLIENTS = 20;
const ASKED = 300;

/** How a question is cut: the n-th of its kind. */
type Case = (n: number) => string;
/** The instant of knowledge of the n-th question; undefined: now. */
type Knowledge = (n: number) => number | undefined;

/** Reports over many dossiers with 20 clients: every grouping, as known now and at instants of the past. */
export async function reports(): Promise<void> {
  const small = makeWorkload(40, 2_500);
  const floors = [await measureFloor(small)];
  await withStandalone(async (servers) => {
    const { url } = servers;
    await putCatalogue(url);
    const dossiers = await SyntheticDossiers.load();
    const [began, started] = [Date.now(), performance.now()];
    for (let done = 0; done < options.dossiers;) {
      const bodies = Array.from({ length: 20 }, () => dossiers.batch(2_500));
      await sendAll(url, bodies);
      done += 50_000;
      process.stderr.write(`\rloading ${done} of ${options.dossiers} dossiers`);
    }
    await caughtUp(url);
    // The figures that have it all.
    await call(`${url}/v1/reports/timeliness?from=2018-01-01&to=2018-12-31`);
    const ended = Date.now();
    process.stderr.write('\r\u001b[K');
    say('loaded', `${options.dossiers} dossiers in ${((performance.now() - started) / 1_000).toFixed(0)} s`);

    const cases = casesOf(dossiers.keys);
    // Sums of months that are over are remembered from the first time somebody asks.
    for (const question of Object.values(cases)) await reportTimes(url, question, () => undefined, 50, 4);
    await askAll('as known now', servers, cases, () => undefined);
    await askAll('the same, 500 events/s beside', servers, cases, () => undefined, dossiers.keys);
    await untilPast(ended + MINUTE_MS + 1_000);
    const during = (share: number): number => Math.round(began + (ended - began) * share);
    const knowledges: Record<string, Knowledge> = {
      'asOf a second ago': () => Date.now() - 1_000,
      'asOf a minute after the loading': () => ended + MINUTE_MS,
      'asOf the middle of the loading': () => during(0.5),
      // Each question at an instant of its own: 0.618… of the way on from the last.
      'asOf anywhere in the loading': (n) => during((n * 0.618_034) % 1),
      'asOf a day before everything': () => began - 86_400_000,
    };
    for (const [label, knowledge] of Object.entries(knowledges))
      await askAll(label, servers, cases, knowledge);
    await askAll('asOf a second ago, 500 events/s', servers, cases, () => Date.now() - 1_000, dossiers.keys);
    say('memory', `Node at most ${servers.peakMegabytes().toFixed(0)} MB`);
  });
  floors.push(await measureFloor(small));
  say('floor (plain SQL, no rules)', floors.map(perSecond).join(' before, ') + ' after');
}

/** Questions a leader's page asks, by what they are about; a period inside months where the case says so. */
function casesOf({ agencies, procedures }: SyntheticDossiers['keys']): Record<string, Case> {
  const agency = (n: number) => agencies[(n * 5) % agencies.length] as string;
  const procedure = (n: number) => procedures[(n * 3) % procedures.length] as string;
  const year = 'from=2018-01-01&to=2018-12-31';
  const cut = (n: number) => {
    const month = String((n % 11) + 1).padStart(2, '0');
    const next = String((n % 11) + 2).padStart(2, '0');
    return `from=2018-${month}-15&to=2018-${next}-14`;
  };
  const ofCase = (by: string, filter: (n: number) => string = () => ''): Case => {
    const grouping = by === '' ? '' : `&by=${by}`;
    return (n) => `${n % 2 === 0 ? year : cut(n)}${grouping}${filter(n)}`;
  };
  const of = (n: number) => `&agency=${agency(n)}`;
  const about = (n: number) => `&procedure=${procedure(n)}`;
  return {
    none: ofCase(''),
    agency: ofCase('agency'),
    'agency flat': ofCase('agency', () => '&flat=true'),
    procedure: ofCase('procedure'),
    domain: ofCase('domain'),
    channel: ofCase('channel'),
    month: ofCase('month'),
    'agency of an agency': ofCase('agency', of),
    'procedure of an agency': ofCase('procedure', of),
    'month of an agency': ofCase('month', of),
    'channel of an agency': ofCase('channel', of),
    'agency about a procedure': ofCase('agency', (n) => `&flat=true${about(n)}`),
    'month about a procedure': ofCase('month', about),
    'procedure online': ofCase('procedure', () => '&channel=online'),
  };
}

/** Every case, one after the other, twenty clients each; a line each, and what stands out. */
async function askAll(
  label: string,
  servers: Servers,
  cases: Record<string, Case>,
  knowledge: Knowledge,
  beside?: SyntheticDossiers['keys'],
): Promise<void> {
  const asking = new AbortController();
  const load = beside && liveLoad(servers.intake, beside, asking.signal);
  const all: number[] = [];
  console.log(`${label}, ${CLIENTS} clients`);
  for (const [name, question] of Object.entries(cases)) {
    const times = await reportTimes(servers.url, question, knowledge);
    all.push(...times);
    console.log(`  ${name.padEnd(32)} ${inWords(times)}`);
  }
  asking.abort();
  await load;
  console.log(`  ${'all'.padEnd(32)} ${inWords(all)}`);
}

const inWords = (times: readonly number[]): string =>
  [0.5, 0.99, 1]
    .map(
      (share, nth) => `${['p50', 'p99', 'max'][nth]} ${percentile(times, share).toFixed(1).padStart(7)} ms`,
    )
    .join('  ');

/** Milliseconds per report with clients who ask without a pause. */
async function reportTimes(
  url: string,
  question: Case,
  knowledge: Knowledge,
  asked = ASKED,
  clients = CLIENTS,
): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const client = async () => {
    while (next < asked) {
      const n = next++;
      const asOf = knowledge(n);
      const known = asOf === undefined ? '' : `&asOf=${encodeURIComponent(formatInstant(asOf))}`;
      const started = performance.now();
      const { status, body } = await call(`${url}/v1/reports/timeliness?${question(n)}${known}`);
      times.push(performance.now() - started);
      if (status !== 200) throw new Error(`report ${question(n)}${known}: ${status} ${body.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return times;
}

let nthLoad = 0;

/** 500 events a second of dossiers of today, until told to stop. */
async function liveLoad(
  intake: string,
  { agencies, procedures }: SyntheticDossiers['keys'],
  signal: AbortSignal,
): Promise<void> {
  const [load, base] = [nthLoad++, Date.now()];
  let sent = 0;
  while (!signal.aborted) {
    await steadyLoad(intake, 500, 1, () => {
      const n = sent++;
      const [dossier, second] = [`L${load}-${Math.floor(n / 2)}`, n % 2 === 1];
      return second
        ? eventJson(`${load}r${n}`, dossier, 'resolved', base, {})
        : eventJson(`${load}a${n}`, dossier, 'accepted', base - MINUTE_MS, {
            procedure: procedures[n % procedures.length],
            receivingAgency: agencies[n % agencies.length],
            channel: 'counter',
          });
    });
  }
}

const untilPast = (instant: number): Promise<void> => pause(Math.max(0, instant - Date.now()));
