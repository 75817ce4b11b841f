import { pause } from '#libs/platform';
import { SyntheticDossiers } from './dossiers.js';
import { eventJson, readStream, steadyLoad } from './live.js';
import { options } from './options.js';
import { spread } from './percentiles.js';
import type { Usage } from './processes.js';
import { say } from './say.js';
import { type Servers, withKafka, withStandalone } from './servers.js';
import { caughtUp, putCatalogue } from './workload.js';

/** From sending an event to its figure being in the reports, at 500 events a second. */
export async function freshness(): Promise<void> {
  await withStandalone((servers) => measure('freshness at 500 events/s', servers));
  if (options.kafka) await withKafka((servers) => measure('the same over Kafka', servers));
}

async function measure(label: string, servers: Servers): Promise<void> {
  const { url, intake } = servers;
  await putCatalogue(intake);
  const { agencies, procedures } = (await SyntheticDossiers.load()).keys;
  const base = Date.now();
  const sentAt = new Map<string, number>();
  const seen: number[] = [];
  // Resolutions of the last hour come on the stream once they are in the reports.
  const stream = readStream(url, ({ event, code, receivedAt }) => {
    const sent = sentAt.get(code);
    if (event === 'resolved' && sent !== undefined) seen.push(receivedAt - sent);
  });
  await stream.opened;
  const before = servers.usage();
  const seconds = 20;
  const { sent, slowest } = await steadyLoad(intake, 500, seconds, (n) => {
    const [dossier, second] = [`F${Math.floor(n / 2)}`, n % 2 === 1];
    if (second) sentAt.set(dossier, Date.now());
    return second
      ? eventJson(`r${n}`, dossier, 'resolved', base, {})
      : eventJson(`a${n}`, dossier, 'accepted', base - 60_000, {
          procedure: procedures[n % procedures.length],
          receivingAgency: agencies[n % agencies.length],
          channel: 'counter',
        });
  });
  const after = servers.usage();
  const used = (earlier: Usage, later: Usage) =>
    `${(((later.cpuSeconds - earlier.cpuSeconds) / seconds) * 100).toFixed(0)} %`;
  const kafka = before.kafka && after.kafka ? `, Kafka ${used(before.kafka, after.kafka)}` : '';
  const load = `Node ${used(before.node, after.node)}, PostgreSQL ${used(before.postgres, after.postgres)}${kafka} of a core`;
  await caughtUp(url);
  await pause(1_500);
  stream.close();
  say(
    label,
    `${spread(seen)}; ${seen.length} of ${Math.floor(sent / 2)} seen; slowest 202 ${slowest.toFixed(0)} ms; ${load}`,
  );
}
