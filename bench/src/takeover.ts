import { pause } from '#libs/platform';
import { SyntheticDossiers } from './dossiers.js';
import { eventJson, readStream, steadyLoad } from './live.js';
import { options } from './options.js';
import { percentile, spread } from './percentiles.js';
import { say } from './say.js';
import { withKafka } from './servers.js';
import { caughtUp, putCatalogue, sendAll } from './workload.js';

const SECONDS = 24;
const KILLED_AFTER_MS = 6_000;
/** Deadlines a second that pass all the while. */
const DEADLINES_PER_SECOND = 100;

/**
 * One of two copies of processing is killed under 500 events a second: how long its partitions stand still, and whether
 * the clock goes on announcing meanwhile.
 */
export async function takeover(): Promise<void> {
  if (!options.kafka) return;
  await withKafka(async (servers) => {
    const { intake, url } = servers;
    const victim = await servers.start('processing');
    await putCatalogue(intake);
    const { agencies, procedures } = (await SyntheticDossiers.load()).keys;
    const acceptance = (n: number, rest: object) => ({
      ...{ procedure: procedures[n % procedures.length], receivingAgency: agencies[n % agencies.length] },
      ...{ channel: 'counter', ...rest },
    });

    const begin = Math.ceil(Date.now() / 1_000) * 1_000 + 12_000;
    const deadlineOf = (n: number) => begin + Math.floor((n * 1_000) / DEADLINES_PER_SECOND);
    const deadlines = Array.from({ length: SECONDS * DEADLINES_PER_SECOND }, (_, n) =>
      eventJson(`d${n}`, `D${n}`, 'accepted', begin - 3_600_000, {
        ...acceptance(n, { limit: { amount: 8, unit: 'working-hours' } }),
        dueAt: new Date(deadlineOf(n)).toISOString(),
      }),
    );
    await sendAll(intake, [Buffer.from(`[${deadlines.join(',')}]`)]);
    await caughtUp(url);

    const sentAt = new Map<string, number>();
    const fresh: number[] = [];
    const announced: number[] = [];
    const stream = readStream(url, ({ event, code, receivedAt }) => {
      if (event === 'resolved') fresh.push(receivedAt - (sentAt.get(code) ?? receivedAt));
      if (event === 'overdue' && code.startsWith('D'))
        announced.push(receivedAt - deadlineOf(Number(code.slice(1))));
    });
    await stream.opened;
    await pause(begin - Date.now());
    const killing = pause(KILLED_AFTER_MS).then(() => process.kill(victim.pid, 'SIGKILL'));
    const base = Date.now();
    const { sent } = await steadyLoad(intake, 500, SECONDS, (n) => {
      const [dossier, isSecond] = [`F${Math.floor(n / 2)}`, n % 2 === 1];
      if (isSecond) sentAt.set(dossier, Date.now());
      return isSecond
        ? eventJson(`r${n}`, dossier, 'resolved', base, {})
        : eventJson(`a${n}`, dossier, 'accepted', base - 60_000, acceptance(n, {}));
    });
    await killing;
    await caughtUp(url);
    await pause(1_500);
    stream.close();
    say(
      'a copy of processing killed',
      `events waited at most ${(percentile(fresh, 1) / 1_000).toFixed(1)} s (${fresh.length} of ${Math.floor(sent / 2)} seen); ` +
        `announced meanwhile, received by a reader: ${spread(announced)} of ${deadlines.length}`,
    );
  });
}
