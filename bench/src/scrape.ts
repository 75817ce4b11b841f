import { pause } from '#libs/platform';
import { eventJson, readStream, steadyLoad } from './live.js';
import { percentile, spread } from './percentiles.js';
import { say } from './say.js';
import { Scraper, valuesOf } from './scraper.js';
import { type Servers, withStandalone } from './servers.js';
import { call, caughtUp, sendAll } from './workload.js';

const AGENCIES = 300;
const DOSSIERS = 200_000;
const DAY_MS = 86_400_000;
/** A fifth of the dossiers is open; a tenth of those is paused. */
const OPEN_EVERY = 5;
const PAUSED_EVERY = 50;
const AT_REST_SECONDS = 60;
const LOADED_SECONDS = 30;

/**
 * What a scrape costs with 300 agencies and 40,000 open of 200,000 dossiers: how long it takes at rest and with 500
 * events a second beside, and whether those events wait for it.
 */
export async function scrape(): Promise<void> {
  await withStandalone(async (servers) => {
    const { url } = servers;
    await put(url, 'agencies', agencies());
    await put(url, 'procedures', PROCEDURE);
    const bodies: string[] = [];
    for (let from = 0; from < DOSSIERS; from += 2_000) bodies.push(batch(from, 2_000));
    // A Prometheus does not wait until everything is there.
    const loading = await scraping(url, async () => {
      await sendAll(
        url,
        bodies.map((body) => Buffer.from(body)),
      );
      await caughtUp(url);
      await pause(2_000);
    });
    say('scrapes while loading at full speed', loading.words);

    const rest = await scraping(url, () => pause(AT_REST_SECONDS * 1_000));
    say('scrapes at rest, one a second', rest.words);
    await loaded(servers, 0);
    say('event to live stream, no scrapes', spread(await loaded(servers, 1)));
    let seen: number[] = [];
    const beside = await scraping(url, async () => {
      seen = await loaded(servers, 2);
    });
    say('the same, a scrape a second', spread(seen));
    say('  those scrapes', beside.words);
  });
}

/** Scrapes once a second while something else goes on. */
async function scraping(url: string, meanwhile: () => Promise<unknown>): Promise<{ words: string }> {
  const loop: number[] = [];
  let series = 0;
  const scraper = new Scraper(url, ({ text }) => {
    loop.push(Math.max(...valuesOf(text, 'nodejs_eventloop_lag_max_seconds')));
    series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  });
  await meanwhile();
  await scraper.stop();
  const took = scraper.scrapes.map(({ tookMs }) => tookMs);
  const over = took.flatMap((ms, nth) => (ms > 100 ? [nth + 1] : []));
  const which = over.length > 0 && over.length <= 5 ? ` (the ${over.join('., ')}.)` : '';
  const held = `${(percentile(loop.slice(1), 1) * 1_000).toFixed(0)} ms`;
  return {
    words: `${spread(took)}, ${over.length} over 100 ms${which}; ${series} series; event loop held up ${held} at most (10 ms are its timer's)`,
  };
}

/** 500 events a second for a while: milliseconds from sending a resolution to its being on the live stream. */
async function loaded({ url, intake }: Servers, round: number): Promise<number[]> {
  const base = Date.now();
  const sentAt = new Map<string, number>();
  const seen: number[] = [];
  const stream = readStream(url, ({ event, code, receivedAt }) => {
    const sent = sentAt.get(code);
    if (event === 'resolved' && sent !== undefined) seen.push(receivedAt - sent);
  });
  await stream.opened;
  await steadyLoad(intake, 500, round === 0 ? 5 : LOADED_SECONDS, (n) => {
    const [dossier, second] = [`L${round}-${Math.floor(n / 2)}`, n % 2 === 1];
    if (second) sentAt.set(dossier, Date.now());
    return second
      ? eventJson(`l${round}-${n}`, dossier, 'resolved', base, {})
      : eventJson(`l${round}-${n}`, dossier, 'accepted', base - 60_000, acceptance(n));
  });
  await caughtUp(url);
  await pause(1_500);
  stream.close();
  return seen;
}

const agencies = () => ({
  agencies: Array.from({ length: AGENCIES }, (_, nth) => ({
    ...{ id: `S${nth}`, name: `Cơ quan ${nth}`, kind: 'office' },
  })),
});
const PROCEDURE = { procedures: [{ code: 'S', name: 'Thủ tục', domain: 'Lĩnh vực', limits: [] }] };

async function put(url: string, what: string, body: object): Promise<void> {
  const answer = await call(`${url}/v1/catalogue/${what}`, 'PUT', JSON.stringify(body));
  if (answer.status !== 200) throw new Error(`${what}: ${answer.status} ${answer.body.slice(0, 300)}`);
}

const acceptance = (n: number) => ({
  ...{ procedure: 'S', receivingAgency: `S${n % AGENCIES}`, channel: 'counter' },
  limit: { amount: 3 + (n % 40), unit: 'working-days' },
});

function batch(from: number, count: number): string {
  const events: string[] = [];
  for (let n = from; n < from + count; n += 1) {
    const acceptedAt = Date.now() - DAY_MS - ((n * 31_337) % 40) * DAY_MS;
    events.push(eventJson(`${n}-1`, `S${n}`, 'accepted', acceptedAt, acceptance(n)));
    if (n % OPEN_EVERY !== 0)
      events.push(eventJson(`${n}-2`, `S${n}`, 'resolved', acceptedAt + DAY_MS / 2, {}));
    else if (n % PAUSED_EVERY === 0)
      events.push(eventJson(`${n}-2`, `S${n}`, 'supplement-requested', acceptedAt + 1_000, {}));
  }
  return `[${events.join(',')}]`;
}
