import { pause } from '#libs/platform';
import { SyntheticDossiers } from './dossiers.js';
import { eventJson, readStream, steadyLoad } from './live.js';
import { options } from './options.js';
import { spread } from './percentiles.js';
import { say } from './say.js';
import { withStandalone } from './servers.js';
import { call, caughtUp, putCatalogue, sendAll } from './workload.js';

/** Many dossiers with one deadline while 500 events a second run. */
export async function announce(): Promise<void> {
  await withStandalone(async ({ url }) => {
    await putCatalogue(url);
    const { agencies, procedures } = (await SyntheticDossiers.load()).keys;
    const loadSeconds = Math.max(10, options.deadlines / 4_000);
    const deadline = Math.ceil((Date.now() + loadSeconds * 1_000 + 15_000) / 1_000) * 1_000;
    const delays: number[] = [];
    const stream = readStream(url, ({ event, overdueFrom, receivedAt }) => {
      if (event === 'overdue' && overdueFrom !== null && Date.parse(overdueFrom) === deadline + 1) {
        delays.push(receivedAt - deadline);
      }
    });
    await stream.opened;
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
    const wait = deadline - Date.now() - 3_000;
    if (wait < 0) throw new Error('loading took longer than planned; try fewer --deadlines');
    await pause(wait);
    const load = steadyLoad(url, 500, 12, (n) =>
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
    await load;
    await caughtUp(url);
    const until = Date.now() + 30_000;
    while (delays.length < options.deadlines && Date.now() < until) await pause(50);
    stream.close();
    const { body: metrics } = await call(`${url}/metrics`);
    say(
      'figures at the instant',
      `${report.total.open.overdue} of ${options.deadlines} overdue in the report ${askedAfter} ms after the deadline`,
    );
    say('announced (received by a reader)', spread(delays));
    say('announced (committed)', `p99 ≤ ${bucketBound(metrics, 0.99)} s`);
  });
}

/** Upper bound of the histogram bucket in which a share of the delays lies. */
function bucketBound(metrics: string, share: number): string {
  const buckets = [
    ...metrics.matchAll(/dossier_overdue_flag_delay_seconds_bucket\{[^}]*?le="([^"]+)"[^}]*\} (\d+)/g),
  ].map(([, bound, count]) => ({ bound: bound as string, count: Number(count) }));
  const total = buckets.at(-1)?.count ?? 0;
  return buckets.find(({ count }) => count >= share * total)?.bound ?? '?';
}
