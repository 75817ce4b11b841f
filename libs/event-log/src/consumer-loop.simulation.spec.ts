import { describe, expect, it, jest } from '@jest/globals';
import { SimulatedCluster } from '../test/simulated-cluster.fixture.js';

/**
 * The consumer loop among members that are killed, stand still, come back, lose connections, while partitions
 * change hands and the database restarts. `SIMULATION_SEEDS=5000` runs more; `SIMULATION_FIRST` begins elsewhere.
 */
const FIRST = Number(process.env.SIMULATION_FIRST ?? 1);
const COUNT = Number(process.env.SIMULATION_SEEDS ?? 150);
/** Seeds that once failed. */
const KEPT: readonly number[] = [];

const TROUBLE_STEPS = 250;
/** Far more than any healthy run needs. */
const HEALING_STEPS = 6_000;

jest.setTimeout(60_000 + COUNT * 1_000);

async function run(seed: number): Promise<{ faults: string[]; cluster: SimulatedCluster }> {
  const cluster = new SimulatedCluster(seed, { partitions: 3, members: 3 });
  const { schedule } = cluster;
  cluster.start();
  cluster.start();
  const troubles: [percent: number, trouble: () => void][] = [
    [25, () => cluster.produce()],
    [3, () => cluster.start()],
    [1, () => cluster.kill()],
    [1, () => cluster.stop()],
    [1, () => cluster.freeze()],
    [1, () => cluster.rebalance()],
    [2, () => cluster.endSessions(false)],
    [1, () => cluster.endSessions(true)],
    [1, () => cluster.loseLastMoments()],
    [2, () => cluster.breakConnection()],
    [2, () => cluster.lookOver()],
  ];
  for (let step = 0; step < TROUBLE_STEPS; step += 1) {
    for (const [percent, trouble] of troubles) if (schedule.chance(percent)) trouble();
    await schedule.advance();
    const faults = cluster.faults();
    if (faults.length > 0) return { faults, cluster };
  }
  cluster.heal();
  for (let step = 0; step < HEALING_STEPS && !cluster.caughtUp(); step += 1) {
    // Sessions that stand still are ended by the database, and members look over from time to time.
    if (step % 50 === 0) cluster.endSessions(false);
    if (step % 20 === 0) cluster.lookOver();
    await schedule.advance();
  }
  const faults = cluster.faults();
  if (!cluster.caughtUp()) faults.push(`stuck: ${cluster.state()}`);
  schedule.goesOn = false;
  return { faults, cluster };
}

describe('the consumer loop in trouble', () => {
  it('applies every message once and in order, whatever the seed', async () => {
    let steps = 0;
    let messages = 0;
    for (const seed of [...KEPT, ...Array.from({ length: COUNT }, (_, nth) => FIRST + nth)]) {
      const { faults, cluster } = await run(seed);
      expect({ seed, faults, story: faults.length > 0 ? cluster.story : [] }).toEqual({
        seed,
        faults: [],
        story: [],
      });
      steps += cluster.schedule.now;
      messages += cluster.heads.reduce((sum, head) => sum + head, 0);
    }
    // There was trouble, and there was something to lose.
    expect(steps).toBeGreaterThan(COUNT * TROUBLE_STEPS);
    expect(messages).toBeGreaterThan(COUNT * 100);
  });

  it('runs the same way for the same seed', async () => {
    const [one, other] = [await run(77), await run(77)];
    expect(one.cluster.story).toEqual(other.cluster.story);
    expect(one.cluster.schedule.now).toBe(other.cluster.schedule.now);
  });
});
