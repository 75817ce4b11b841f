import { seededRandom, SteadyLoad } from '#libs/testing';
import { pause } from '#libs/platform';
import { EVENTS_TOPIC } from '#libs/contracts';
import { Checker, type Tally } from './check.js';
import { Cluster } from './cluster.js';
import { someFaults } from './faults.js';
import { clientOf } from './topic-reader.js';

/**
 * `npm run chaos -- --rounds N --seed S`: the apps on a real broker and a real PostgreSQL, under steady load, with
 * something going wrong at random moments; after each round everything is compared. Exit code 0: nothing differed.
 *
 * Every `--rounds-per-start` rounds (15) all begins anew with the next seed, so that the comparison stays quick and a
 * start is tried as well. A failed run prints the seed with which its last start begins: the same faults are chosen
 * again, though never at exactly the same moments.
 */
const numberOf = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  const given = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(given) || given < 0) {
    console.error(`--${name} wants a whole number. Usage: npm run chaos -- --rounds N --seed S`);
    process.exit(2);
  }
  return given;
};
const ROUNDS = numberOf('rounds', 20);
const SEED = numberOf('seed', Date.now() % 1_000_000);
const ROUNDS_PER_START = numberOf('rounds-per-start', 15);
const LOAD_MS = 3_000;

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true));

const totals = { rounds: 0, events: 0, announcements: 0, quarantined: 0, repeated: 0, falls: 0 };
const happened = new Map<string, number>();

/** @returns false if something differed or broke */
async function rounds(seed: number, count: number): Promise<boolean> {
  // Each its own: what the load draws depends on how fast the machine is, what goes wrong must not.
  const random = seededRandom(seed);
  const cluster = await Cluster.start(seededRandom(seed + 1_000_000));
  const load = new SteadyLoad({
    url: () => cluster.one('intake').url,
    seed,
    random: seededRandom(seed + 2_000_000),
    paceMs: 200,
    dossiers: 8,
  });
  let checker: Checker | undefined;
  let isRight = false;
  let tally: Tally = { events: 0, announcements: 0, quarantined: 0, repeated: 0 };
  let at = 'the start';
  try {
    await load.begin();
    checker = await Checker.open(cluster, load);
    const poison: (Buffer | null)[] = [];
    for (let round = 1; round <= count && !interrupted; round += 1) {
      const started = performance.now();
      const faults = someFaults(cluster, random);
      at = `round ${round}: ${faults.map(({ what }) => what).join('; ')}`;
      poison.push(...(await sendPoison(cluster, `${seed}/${round}`, random)));
      let isOver = false;
      const poured = Promise.all([load.pour('k', () => isOver), load.pour('kk', () => isOver)]);
      poured.catch(() => undefined);
      await Promise.race([
        poured,
        Promise.all([
          pause(LOAD_MS),
          ...faults.map(async (fault) => {
            await pause(random(LOAD_MS));
            await fault.happen();
          }),
        ]),
      ]);
      await cluster.mend();
      const mended = performance.now();
      isOver = true;
      await poured;
      await checker.settled();
      const settled = performance.now();
      const result = await checker.differences(poison);
      for (const { kind } of faults) happened.set(kind, (happened.get(kind) ?? 0) + 1);
      const events = result.tally.events - tally.events;
      tally = result.tally;
      totals.rounds += 1;
      const seconds = (from: number, to: number) => `${((to - from) / 1_000).toFixed(1)} s`;
      console.log(
        `${result.differences.length === 0 ? '✓' : '✗'} ${at} · ${events} events · trouble ${seconds(started, mended)}, ` +
          `settled after ${seconds(mended, settled)}, compared in ${seconds(settled, performance.now())}`,
      );
      if (result.differences.length > 0) {
        console.log(result.differences.map((difference) => `    ${difference}`).join('\n'));
        return false;
      }
    }
    isRight = true;
  } catch (error) {
    console.log(`✗ ${at}\n    ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    for (const key of ['events', 'announcements', 'quarantined', 'repeated'] as const)
      totals[key] += tally[key];
    totals.falls += cluster.servers.reduce((sum, { falls }) => sum + falls, 0);
    load.stop();
    await checker?.close().catch(() => undefined);
    await cluster.stop({ keepFolder: !isRight }).catch((error: unknown) => {
      console.log(`✗ the end: ${String(error)}`);
      isRight = false;
    });
    if (!isRight) console.log(`    logs and database: ${cluster.folder}`);
  }
  return isRight;
}

/** Messages that nobody can apply, among the others; past the proxy, or who knows whether they arrived. */
async function sendPoison(
  { kafka }: Cluster,
  name: string,
  random: (below: number) => number,
): Promise<(Buffer | null)[]> {
  const texts = [
    `{"poison":"${name}"`,
    JSON.stringify({ poison: name, specversion: '1.0' }),
    JSON.stringify({
      ...{ specversion: '1.0', id: name, source: 'urn:poison', subject: name },
      type: 'vn.tthc.dossier.accepted.v9',
    }),
  ];
  const values: (Buffer | null)[] = texts.map((text) => Buffer.from(text));
  values.push(Buffer.from([0xff, 0xfe, random(256), ...Buffer.from(name)]), null);
  const producer = clientOf(kafka).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({
    topic: EVENTS_TOPIC,
    messages: values.map((value, nth) => ({ key: `poison ${name} ${nth}`, value })),
  });
  await producer.disconnect();
  return values;
}

let isRight = true;
console.log(`chaos: ${ROUNDS} rounds, seed ${SEED}`);
const started = Date.now();
for (let nth = 0; isRight && totals.rounds < ROUNDS && !interrupted; nth += 1) {
  const count = Math.min(ROUNDS_PER_START, ROUNDS - totals.rounds);
  console.log(`── start ${nth + 1}, seed ${SEED + nth}`);
  isRight = await rounds(SEED + nth, count);
  if (!isRight) console.log(`again: npm run chaos -- --rounds ${count} --seed ${SEED + nth}`);
}
const list = [...happened].toSorted().map(([kind, count]) => `${kind} ${count}`);
console.log(`\nfaults: ${list.join(', ') || 'none'}`);
console.log(
  `${totals.rounds} rounds in ${Math.round((Date.now() - started) / 1_000)} s; ${totals.events} events acknowledged, ` +
    `${totals.announcements} announcements, ${totals.quarantined} quarantined; ${totals.repeated} messages repeated on ` +
    `the wire; ${totals.falls} processes fell and were started again`,
);
console.log(isRight ? 'nothing lost, nothing doubled, no announcement twice' : 'FAILED: see above');
process.exit(isRight && !interrupted ? 0 : 1);
