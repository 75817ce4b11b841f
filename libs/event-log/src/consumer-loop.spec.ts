import { describe, expect, it } from '@jest/globals';
import { ConsumerLoop, type Delivery, type Fetched, OffsetLost } from './consumer-loop.js';
import type { LogBatch, SubscriptionSpec } from './event-log.js';

const PARTITION = 0;

/** A group's offset, a cluster that has everything, and a client that does as it is told. */
class World {
  stored = 0;
  range = { first: 0, next: 1_000 };
  /** Faults that the next applications meet, in order; with `after` the effect is stored all the same. */
  readonly faults: { error: Error; after?: boolean }[] = [];
  databaseDown = 0;
  applied: number[] = [];
  batches: LogBatch[] = [];
  skipped: LogBatch[] = [];
  sought: number[] = [];
  favoured: (number | undefined)[] = [];
  committed: number[] = [];
  resolved: number[] = [];
  fatal: unknown[] = [];
  beats = 0;
  /** How often it was said that all is well. */
  well = 0;
  paused = 0;
  running = true;
  stale = false;
  onHeartbeat: () => void = () => undefined;
  onApply: () => void | Promise<void> = () => undefined;
  readonly loop: ConsumerLoop;

  constructor(bounds: Pick<SubscriptionSpec, 'maxMessages' | 'maxBytes'> = {}) {
    this.loop = new ConsumerLoop(
      { topic: 'spec', log: 'cluster' },
      {
        group: 'group',
        ...bounds,
        onBatch: (batch) => this.apply(batch),
        onFatal: (error) => this.fatal.push(error),
        onProgress: () => (this.well += 1),
      },
      {
        stored: () => {
          if (this.databaseDown > 0) {
            this.databaseDown -= 1;
            return Promise.reject(passing());
          }
          return Promise.resolve(this.stored);
        },
        range: () => Promise.resolve(this.range),
        skip: (batch) => {
          this.skipped.push(batch);
          this.stored = batch.nextOffset;
          return Promise.resolve();
        },
        seek: (_, offset) => void this.sought.push(offset),
        favour: (partition) => void this.favoured.push(partition),
        commit: (_, offset) => Promise.resolve(void this.committed.push(offset)),
        pause: (ms) => Promise.resolve(void (this.paused += ms)),
      },
    );
  }

  /** What an app does: claim, drop what lies below, apply, move. */
  private async apply(batch: LogBatch): Promise<void> {
    this.batches.push(batch);
    await this.onApply();
    const fault = this.faults.shift();
    if (fault && !fault.after) throw fault.error;
    if (this.stored < batch.nextOffset) {
      if (this.stored < batch.firstOffset) throw passing();
      this.applied.push(
        ...batch.messages.map(({ offset }) => offset).filter((offset) => offset >= this.stored),
      );
      this.stored = batch.nextOffset;
    }
    if (fault) throw fault.error;
  }

  readonly delivery: Delivery = {
    heartbeat: () => {
      this.beats += 1;
      this.onHeartbeat();
      return Promise.resolve();
    },
    isRunning: () => this.running,
    isStale: () => this.stale,
    resolve: (next) => void this.resolved.push(next),
  };

  async handle(fetched: Partial<Fetched> & { offsets: number[] }): Promise<void> {
    await this.loop.handle(fetchOf(fetched), this.delivery);
  }
}

/** A fetch that begins with its first message and ends behind its last, unless said otherwise. */
function fetchOf({ offsets, ...rest }: Partial<Fetched> & { offsets: number[] }): Fetched {
  return {
    partition: PARTITION,
    fetchedFrom: offsets[0] ?? 0,
    nextOffset: (offsets.at(-1) ?? -1) + 1,
    messages: offsets.map((offset) => ({
      offset,
      bytes: 10,
      read: () => ({ offset, key: 'k', value: `v${offset}`, headers: {} }),
    })),
    ...rest,
  };
}

const passing = () => Object.assign(new Error('could not serialize access'), { code: '40001' });
const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, nth) => from + nth);

async function holding(bounds?: ConstructorParameters<typeof World>[0], stored = 0): Promise<World> {
  const world = new World(bounds);
  world.stored = stored;
  await world.loop.assign([PARTITION]);
  return world;
}

describe('a partition that is taken up', () => {
  it('sends the client to where the database stands, though no message shows a difference', async () => {
    const world = await holding({}, 7);
    expect(world.sought).toEqual([7]);
  });

  it.each([
    ['the oldest message of the cluster', { first: 7, next: 9 }, 0],
    ['behind the newest', { first: 0, next: 7 }, 0],
    ['before the oldest', { first: 8, next: 9 }, 1],
    ['beyond the end', { first: 0, next: 6 }, 1],
  ])('with the group at %s', async (_, range, fatal) => {
    const world = new World();
    world.stored = 7;
    world.range = range;
    const assigned = world.loop.assign([PARTITION]);
    // A fatal fault is reported and looked at again; the process leaves meanwhile.
    if (fatal > 0) await world.loop.release();
    await assigned;
    expect(world.fatal.length > 0).toBe(fatal > 0);
    for (const error of world.fatal) expect(error).toBeInstanceOf(OffsetLost);
  });

  it('waits for a database that is away', async () => {
    const world = new World();
    world.stored = 3;
    world.databaseDown = 4;
    await world.loop.assign([PARTITION]);
    expect(world.sought).toEqual([3]);
    expect(world.paused).toBeGreaterThan(0);
    expect(world.fatal).toEqual([]);
    expect(world.loop.isWell()).toBe(true);
  });
});

describe('a fetch', () => {
  it('is applied in slices bounded in number, with a sign of life after each', async () => {
    const world = await holding({ maxMessages: 4 });
    await world.handle({ offsets: upTo(0, 10) });
    expect(world.batches.map(({ firstOffset, nextOffset }) => [firstOffset, nextOffset])).toEqual([
      [0, 4],
      [4, 8],
      [8, 10],
    ]);
    expect(world.applied).toEqual(upTo(0, 10));
    expect(world.committed).toEqual([4, 8, 10]);
    expect(world.resolved.slice(0, 3)).toEqual([4, 8, 10]);
    expect(world.beats).toBe(3);
  });

  it.each([
    [9, 10],
    [10, 10],
    [29, 5],
    [30, 4],
  ])('is bounded to %i bytes: %i slices of ten messages of ten bytes', async (maxBytes, slices) => {
    const world = await holding({ maxBytes });
    await world.handle({ offsets: upTo(0, 10) });
    expect(world.batches).toHaveLength(slices);
    expect(world.applied).toEqual(upTo(0, 10));
  });

  it('carries the log that its offsets count in', async () => {
    const world = await holding();
    await world.handle({ offsets: [0] });
    expect(world.batches[0]).toMatchObject({ topic: 'spec', log: 'cluster', partition: PARTITION });
  });

  it('from before the position loses what is applied already', async () => {
    const world = await holding({}, 5);
    await world.handle({ offsets: upTo(0, 8) });
    expect(world.batches.map(({ firstOffset }) => firstOffset)).toEqual([5]);
    expect(world.applied).toEqual([5, 6, 7]);
  });

  it.each([
    ['wholly below', upTo(0, 4)],
    ['beyond a hole', upTo(6, 9)],
  ])('%s is dropped, and the client sent to the position', async (_, offsets) => {
    const world = await holding({}, 5);
    await world.handle({ offsets });
    expect(world.batches).toEqual([]);
    expect(world.sought).toEqual([5, 5]);
  });

  it('that ends exactly at the position only moves the client on', async () => {
    const world = await holding({}, 4);
    await world.handle({ offsets: upTo(0, 4) });
    expect(world.batches).toEqual([]);
    expect(world.resolved).toEqual([4]);
  });

  it('vouches for offsets that hold no message: before, between and behind', async () => {
    const world = await holding({ maxMessages: 2 });
    await world.handle({ fetchedFrom: 0, offsets: [2, 3, 5, 6], nextOffset: 9 });
    expect(world.batches.map(({ firstOffset, nextOffset }) => [firstOffset, nextOffset])).toEqual([
      [0, 4],
      [4, 9],
    ]);
  });

  it('of nothing but the cluster’s own records moves the group over them', async () => {
    const world = await holding({}, 3);
    await world.handle({ fetchedFrom: 3, offsets: [], nextOffset: 5 });
    expect(world.batches).toEqual([]);
    expect(world.skipped).toMatchObject([{ firstOffset: 3, nextOffset: 5 }]);
    expect(world.stored).toBe(5);
  });

  it('of a partition that is not held is left alone', async () => {
    const world = await holding();
    await world.handle({ partition: 1, offsets: [0] });
    expect(world.batches).toEqual([]);
  });
});

describe('a partition that hangs', () => {
  it('is not hidden by another that goes on', async () => {
    const world = new World();
    await world.loop.assign([0, 1]);
    let goOn: () => void = () => undefined;
    const hangs = new Promise<void>((resolve) => {
      world.onApply = () => {
        resolve();
        return new Promise<void>((passed) => (goOn = passed));
      };
    });
    const hanging = world.handle({ partition: 1, offsets: [0, 1] });
    await hangs;
    world.onApply = () => undefined;
    await world.handle({ offsets: [0, 1] });
    const before = world.well;
    for (let offset = 2; offset < 7; offset += 1) await world.handle({ offsets: [offset] });
    expect(world.stored).toBe(7);
    expect(world.well).toBe(before);

    goOn();
    await hanging;
    expect(world.well).toBe(before + 1);
    await world.handle({ offsets: [7] });
    expect(world.well).toBe(before + 2);
  });

  it('is not hidden while it waits for a fault to pass, and an idle one hides nothing', async () => {
    const world = new World();
    await world.loop.assign([0, 1, 2]);
    world.faults.push(...Array.from({ length: 100 }, () => ({ error: passing() })));
    await world.handle({ partition: 1, offsets: [0, 1] });
    world.faults.length = 0;
    await world.handle({ offsets: [0] });
    const before = world.well;
    for (let offset = 1; offset < 5; offset += 1) await world.handle({ offsets: [offset] });
    expect(world.well).toBe(before);
    await world.handle({ partition: 1, offsets: [5, 6] });
    await world.handle({ offsets: [7] });
    expect(world.well).toBeGreaterThan(before);
  });
});

describe('a fault that passes', () => {
  it('before the effect: the slice comes again', async () => {
    const world = await holding({ maxMessages: 5 });
    world.faults.push({ error: passing() }, { error: passing() });
    await world.handle({ offsets: upTo(0, 10) });
    expect(world.applied).toEqual(upTo(0, 10));
    expect(world.fatal).toEqual([]);
    expect(world.loop.isWell()).toBe(true);
  });

  it('after the effect was stored: the slice does not come again', async () => {
    const world = await holding({ maxMessages: 5 });
    world.faults.push({ error: passing(), after: true });
    await world.handle({ offsets: upTo(0, 10) });
    expect(world.batches.map(({ firstOffset }) => firstOffset)).toEqual([0, 5]);
    expect(world.applied).toEqual(upTo(0, 10));
  });

  it('that lasts: signs of life go on, for a bounded time, and it is no progress', async () => {
    const world = await holding();
    world.faults.push(...Array.from({ length: 100 }, () => ({ error: passing() })));
    await world.handle({ offsets: [0, 1] });
    expect(world.paused).toBeGreaterThan(5_000);
    expect(world.paused).toBeLessThan(15_000);
    expect(world.beats).toBeGreaterThan(10);
    expect(world.resolved).toEqual([]);
    expect(world.loop.isWell()).toBe(false);
    expect(world.fatal).toEqual([]);
  });

  it('that took the database’s last moments with it: what was lost is fetched and applied again', async () => {
    const world = await holding({ maxMessages: 5 });
    await world.handle({ offsets: upTo(0, 10) });
    world.stored = 5;
    await world.handle({ offsets: upTo(10, 15) });
    expect(world.sought.at(-1)).toBe(5);
    await world.handle({ offsets: upTo(5, 15) });
    expect(world.applied).toEqual([...upTo(0, 10), ...upTo(5, 15)]);
    expect(world.stored).toBe(15);
  });
});

it('reports a fault it does not know, and does not pass the slice over', async () => {
  const world = await holding();
  const bug = new Error('a bug');
  world.faults.push({ error: bug });
  await world.handle({ offsets: [0, 1] });
  expect(world.fatal).toEqual([bug]);
  expect(world.applied).toEqual([0, 1]);
});

describe('between two slices', () => {
  const slices = async (change: (world: World) => void): Promise<World> => {
    const world = await holding({ maxMessages: 2 });
    world.onApply = () => {
      if (world.batches.length === 2) change(world);
    };
    await world.handle({ offsets: upTo(0, 10) });
    return world;
  };

  it.each<[string, (world: World) => void]>([
    ['a stop', (world) => (world.running = false)],
    ['a seek', (world) => (world.stale = true)],
    ['the loss of the partition', (world) => void world.loop.assign([])],
    ['its loss and return', (world) => void world.loop.assign([PARTITION])],
  ])('%s lets the one in hand finish and takes no other', async (_, change) => {
    const world = await slices(change);
    expect(world.applied).toEqual(upTo(0, 4));
    expect(world.stored).toBe(4);
  });

  it('a group that shares out anew is told to the client', async () => {
    const world = await holding({ maxMessages: 2 });
    world.onHeartbeat = () => {
      throw new Error('rebalancing');
    };
    await expect(world.handle({ offsets: upTo(0, 10) })).rejects.toThrow('rebalancing');
    expect(world.applied).toEqual([0, 1]);
    expect(world.resolved).toEqual([2]);
  });
});

it('lets go only when what is in hand is done', async () => {
  const world = await holding({ maxMessages: 2 });
  let finish: () => void = () => undefined;
  const inHand = new Promise<void>((resolve) => {
    world.onApply = () => {
      resolve();
      return new Promise<void>((done) => (finish = done));
    };
  });
  const handled = world.handle({ offsets: upTo(0, 4) });
  await inHand;
  let released = false;
  const releasing = world.loop.release().then(() => (released = true));
  await Promise.resolve();
  expect(released).toBe(false);
  expect(world.loop.assigned()).toEqual([]);
  finish();
  await Promise.all([handled, releasing]);
  expect(world.applied).toEqual([0, 1]);
});

it('does one thing at a time with a partition', async () => {
  const world = await holding();
  let together = 0;
  let most = 0;
  world.onApply = async () => {
    most = Math.max(most, (together += 1));
    await Promise.resolve();
    together -= 1;
  };
  await Promise.all([world.handle({ offsets: [0, 1] }), world.handle({ offsets: [0, 1, 2] })]);
  expect(most).toBe(1);
  expect(world.applied).toEqual([0, 1, 2]);
});

describe('looking over idle partitions', () => {
  it('leaves those alone that are where they should be', async () => {
    const world = await holding({}, 4);
    await world.loop.lookOver();
    expect(world.sought).toEqual([4]);
  });

  it('fetches again what the database lost, though no message comes', async () => {
    const world = await holding();
    await world.handle({ offsets: upTo(0, 10) });
    world.stored = 6;
    await world.loop.lookOver();
    expect(world.sought.at(-1)).toBe(6);
  });

  it('notices that retention has overtaken the group', async () => {
    const world = await holding({}, 4);
    world.range = { first: 5, next: 9 };
    const looked = world.loop.lookOver();
    while (world.fatal.length === 0) await Promise.resolve();
    await world.loop.release();
    await looked;
    expect(world.fatal[0]).toBeInstanceOf(OffsetLost);
  });
});

describe('messages that wait behind busy partitions', () => {
  const waiting = async (): Promise<World> => {
    const world = new World();
    world.range = { first: 0, next: 3 };
    await world.loop.assign([PARTITION, 1]);
    await world.loop.lookOver();
    expect(world.favoured).toEqual([]);
    await world.loop.lookOver();
    return world;
  };

  it('are fetched alone once they were seen twice, and then all are again', async () => {
    const world = await waiting();
    expect(world.favoured).toEqual([PARTITION]);
    await world.handle({ offsets: [0, 1, 2] });
    expect(world.favoured).toEqual([PARTITION, undefined]);
    expect(world.applied).toEqual([0, 1, 2]);
  });

  it('in vain, once: the others are not held up for good', async () => {
    const world = await waiting();
    for (let look = 0; look < 5; look += 1) await world.loop.lookOver();
    expect(world.favoured).toEqual([PARTITION, undefined, 1, undefined]);
  });
});
