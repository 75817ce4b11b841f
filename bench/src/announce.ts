import { pause } from '#libs/platform';
import { AlertWatch } from './alert-watch.js';
import { SyntheticDossiers } from './dossiers.js';
import { eventJson, readStream, steadyLoad } from './live.js';
import { options } from './options.js';
import { spread } from './percentiles.js';
import { say } from './say.js';
import { withStandalone } from './servers.js';
import { SpikeWatch } from './spike-watch.js';
import { call, caughtUp, putCatalogue, sendAll } from './workload.js';

/** Before the deadline, for whoever watches to have seen the ordinary; in seconds. */
const LEAD = 30;
/** Events run for so long before the deadline, and after it; in seconds. */
const BESIDE = 15;
/** So long after the deadline alerts must keep quiet: longer than the patience of any that pages, or none could fire; in seconds. */
const AFTERMATH = 360;

/** Many dossiers with one deadline while 500 events a second run, watched as operators would. */
export async function announce(): Promise<void> {
  await withStandalone(async ({ url }) => {
    await putCatalogue(url);
    const { keys } = await SyntheticDossiers.load();
    const deadline = Math.ceil(Date.now() / 1_000 + options.loadSeconds + LEAD) * 1_000;
    const delays: number[] = [];
    const stream = readStream(url, ({ event, overdueFrom, receivedAt }) => {
      if (event === 'overdue' && overdueFrom !== null && Date.parse(overdueFrom) === deadline + 1) {
        delays.push(receivedAt - deadline);
      }
    });
    await stream.opened;
    await loadDeadlines(url, deadline, keys);
    if (Date.now() > deadline - BESIDE * 1_000)
      throw new Error('loading took too long; try fewer --deadlines, or more --load-seconds');
    // Not before: loading them all at once is the bench's doing, and no alert's business.
    const alerts = await AlertWatch.start(new URL(url).host);
    try {
      const watch = new SpikeWatch(url, deadline);
      await letPass(url, deadline, keys);
      const until = Date.now() + 30_000;
      while (delays.length < options.deadlines && Date.now() < until) await pause(50);
      stream.close();
      await pause(deadline + AFTERMATH * 1_000 - Date.now());
      await watch.stop();
      const { body: metrics } = await call(`${url}/metrics`);
      say('announced (received by a reader)', spread(delays));
      say('announced (committed)', `p99 ≤ ${bucketBound(metrics, 0.99)} s`);
      watch.tell(options.deadlines);
      await watch.tellLoop(alerts);
      await tellAlerts(alerts, deadline - BESIDE * 1_000, deadline + AFTERMATH * 1_000);
    } finally {
      await alerts?.stop();
    }
  });
}

type Keys = SyntheticDossiers['keys'];

async function loadDeadlines(url: string, deadline: number, { agencies, procedures }: Keys): Promise<void> {
  const dossier = (n: number) =>
    eventJson(`d${n}`, `D${n}`, 'accepted', deadline - 3_600_000, {
      procedure: procedures[n % procedures.length],
      receivingAgency: agencies[n % agencies.length],
      channel: 'counter',
      limit: { amount: 8, unit: 'working-hours' },
      dueAt: new Date(deadline).toISOString(),
    });
  for (let n = 0; n < options.deadlines; n += 2_500) {
    const events = Array.from({ length: Math.min(2_500, options.deadlines - n) }, (_, index) =>
      dossier(n + index),
    );
    await sendAll(url, [Buffer.from(`[${events.join(',')}]`)]);
  }
  await caughtUp(url);
}

/** The deadline passes while events run, and a report is asked for right then. */
async function letPass(url: string, deadline: number, { agencies, procedures }: Keys): Promise<void> {
  await pause(deadline - BESIDE * 1_000 - Date.now());
  const load = steadyLoad(url, 500, 2 * BESIDE, (n) =>
    eventJson(`s${n}`, `S${n}`, 'accepted', deadline - 60_000, {
      procedure: procedures[n % procedures.length],
      receivingAgency: agencies[n % agencies.length],
      channel: 'online',
    }),
  );
  await pause(deadline + 1 - Date.now());
  const day = new Date(deadline + 7 * 3_600_000).toISOString().slice(0, 10);
  const { body } = await call(`${url}/v1/reports/timeliness?from=${day}&to=${day}`);
  const report = JSON.parse(body) as { asOf: string; total: { open: { overdue: number } } };
  const askedAfter = Date.parse(report.asOf) - deadline;
  const { sent, slowest } = await load;
  await caughtUp(url);
  say(
    'figures at the instant',
    `${report.total.open.overdue} of ${options.deadlines} overdue in the report ${askedAfter} ms after the deadline`,
  );
  say('events beside', `${(sent / (2 * BESIDE)).toFixed(0)} a second, slowest 202 ${slowest.toFixed(0)} ms`);
}

async function tellAlerts(alerts: AlertWatch | undefined, from: number, until: number): Promise<void> {
  if (!alerts) {
    say('alerts', 'NOT WATCHED: Prometheus is not installed (apt-get install prometheus)');
    return;
  }
  const seen = await alerts.seen(from, until);
  const words = seen.map(({ name, state, seconds }) => `${name} ${state} for ${seconds} s`);
  say(`alerts to ${AFTERMATH} s after`, words.length === 0 ? 'none pending, none fired' : words.join('; '));
}

/** Upper bound of the histogram bucket in which a share of the delays lies. */
function bucketBound(metrics: string, share: number): string {
  const buckets = [
    ...metrics.matchAll(/dossier_overdue_flag_delay_seconds_bucket\{[^}]*?le="([^"]+)"[^}]*\} (\d+)/g),
  ].map(([, bound, count]) => ({ bound: bound as string, count: Number(count) }));
  const total = buckets.at(-1)?.count ?? 0;
  return buckets.find(({ count }) => count >= share * total)?.bound ?? '?';
}
