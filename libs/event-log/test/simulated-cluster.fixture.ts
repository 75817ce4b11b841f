import { ConsumerLoop, type Delivery, type Fetched } from '../src/consumer-loop.js';
import type { LogBatch } from '../src/event-log.js';
import { Schedule } from './schedule.fixture.js';

/**
 * A broker with a consumer group, a database and a few members in one process, for one seed. Whatever a
 * member waits for is a step of the schedule, so members overtake each other anywhere, and a member can be
 * killed or stand still between any two awaits of its loop.
 *
 * The database keeps an effect for every applied offset, with the group's offset, in one transaction under
 * the lock of the offset's row. That is all an app does; what is judged is the loop.
 */
export class SimulatedCluster {
  readonly schedule: Schedule;
  readonly fatal: unknown[] = [];
  /** What happened, for the report of a failing seed. */
  readonly story: string[] = [];
  private readonly partitions: Partition[];
  private members: Member[] = [];
  private generation = 0;
  private nextMember = 1;

  constructor(
    seed: number,
    private readonly shape: { partitions: number; members: number },
  ) {
    this.schedule = new Schedule(seed);
    this.partitions = Array.from({ length: shape.partitions }, () => new Partition());
  }

  get heads(): number[] {
    return this.partitions.map(({ next }) => next);
  }

  /** Messages arrive; now and then an offset that holds none, as a transaction's marker does. */
  produce(): void {
    const partition = this.schedule.pick(this.partitions);
    for (let count = this.schedule.below(12); count > 0; count -= 1) {
      if (!this.schedule.chance(8)) partition.offsets.push(partition.next);
      partition.next += 1;
    }
  }

  /** A new process joins. */
  start(): void {
    if (this.members.length >= this.shape.members) return;
    const member: Member = new Member(this.nextMember++, this.partitions, this.schedule, this.fatal);
    this.tell(`${member.name} starts`);
    this.members.push(member);
    this.rebalance();
  }

  /** kill -9: nothing of it goes on, its sessions end, the group hears of it. */
  kill(): void {
    const member = this.anyMember();
    if (!member) return;
    this.tell(`${member.name} is killed`);
    this.remove(member);
    member.die();
    this.rebalance();
  }

  /** SIGTERM: finishes what it has in hand, then leaves. */
  stop(): void {
    const member = this.anyMember();
    if (!member) return;
    this.tell(`${member.name} stops`);
    this.remove(member);
    member.leave();
    this.rebalance();
  }

  /** SIGSTOP for longer than its session: the others take over, and then it comes back. */
  freeze(): void {
    const member = this.anyMember();
    if (!member) return;
    this.tell(`${member.name} stands still`);
    member.frozen = true;
    this.remove(member);
    this.rebalance();
    this.schedule.later(5 + this.schedule.below(60), () => {
      this.tell(`${member.name} comes back`);
      member.frozen = false;
      this.members.push(member);
      this.rebalance();
    });
  }

  /** The database ends the sessions of transactions that stand still, or all of them. */
  endSessions(all: boolean): void {
    const ending = this.partitions.filter(({ holder }) => all || holder?.frozen);
    if (ending.length > 0) this.tell(all ? 'the database restarts' : 'an idle session ends');
    for (const partition of ending) partition.endSession();
  }

  /** The database dies before the disk has its last moments: effects and offsets are lost together. */
  loseLastMoments(): void {
    this.endSessions(true);
    this.tell('the database lost its last moments');
    for (const partition of this.partitions) partition.rollBack(this.schedule.below(3));
  }

  /** A member's connection breaks: its next question fails, done or not. */
  breakConnection(): void {
    const member = this.anyMember();
    if (!member) return;
    this.tell(`${member.name} loses its connection`);
    member.broken = true;
  }

  lookOver(): void {
    this.anyMember()?.lookOver();
  }

  /** The group is shared out anew for no reason. */
  rebalance(): void {
    this.generation += 1;
    const { generation } = this;
    this.tell(`generation ${generation}`);
    this.members.forEach((member, index) => {
      const share = this.partitions
        .map((_, partition) => partition)
        .filter((partition) => partition % this.members.length === index);
      // Each hears of it in its own time, while the one before may still be at work.
      this.schedule.later(this.schedule.below(10), () => member.join(generation, share));
    });
  }

  /** Everybody well and nothing new: all must be applied. */
  heal(): void {
    for (const member of this.members) {
      member.broken = false;
      member.frozen = false;
    }
    if (this.members.length === 0) this.start();
    this.rebalance();
  }

  caughtUp(): boolean {
    return this.partitions.every(({ stored, next }) => stored === next);
  }

  /** How everything stands, for the report of a run that got stuck. */
  state(): string {
    const partitions = this.partitions.map(
      ({ stored, next, committed, holder }, partition) =>
        `partition ${partition}: stored ${stored} of ${next}, committed ${committed}, locked by ${holder?.name ?? 'nobody'}`,
    );
    return [...partitions, ...this.members.map((member) => member.state())].join('; ');
  }

  /** What is wrong; empty when every offset was applied once and in order. */
  faults(): string[] {
    const faults = this.fatal.map((error) => `fatal: ${String(error)}`);
    this.partitions.forEach(({ applied, offsets, stored, next }, partition) => {
      const wanted = offsets.filter((offset) => offset < stored);
      if (applied.join() !== wanted.join())
        faults.push(`partition ${partition}: applied ${applied.join()} instead of ${wanted.join()}`);
      if (stored > next) faults.push(`partition ${partition}: stored ${stored} beyond ${next}`);
    });
    return faults;
  }

  private anyMember(): Member | undefined {
    return this.members.length === 0 ? undefined : this.schedule.pick(this.members);
  }

  private remove(member: Member): void {
    this.members = this.members.filter((other) => other !== member);
  }

  private tell(what: string): void {
    this.story.push(`${this.schedule.now}: ${what}`);
  }
}

/** A passing fault, as the driver names it. */
const connectionLost = () =>
  Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' });

/** A partition at the broker, and its offset row and effects in the database. */
class Partition {
  /** Offsets that hold a message. */
  readonly offsets: number[] = [];
  next = 0;
  stored = 0;
  applied: number[] = [];
  /** The cluster's own idea of how far the group is. */
  committed = 0;
  /** Who holds the lock of the offset row. */
  holder: Member | undefined;
  /** Changes whenever a session that holds the lock is ended from outside. */
  session = 0;
  private waiting: (() => void)[] = [];
  private past: { stored: number; applied: number }[] = [];

  /** Takes the lock of the offset row for a transaction; resolves to the session it is taken in. */
  async lock(member: Member): Promise<number> {
    while (this.holder) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.holder = member;
    return this.session;
  }

  commit(session: number, offsets: readonly number[], stored: number): void {
    if (session !== this.session) throw connectionLost();
    this.past.push({ stored: this.stored, applied: this.applied.length });
    this.applied.push(...offsets);
    this.stored = stored;
    this.unlock(session);
  }

  unlock(session: number): void {
    if (session !== this.session || !this.holder) return;
    this.endSession();
  }

  endSession(): void {
    this.session += 1;
    this.holder = undefined;
    for (const wake of this.waiting.splice(0)) wake();
  }

  rollBack(commits: number): void {
    for (let left = commits; left > 0; left -= 1) {
      const before = this.past.pop();
      if (!before) return;
      this.stored = before.stored;
      this.applied = this.applied.slice(0, before.applied);
    }
  }
}

const SHARED_OUT_ANEW = () =>
  Object.assign(new Error('The group is rebalancing, so a rejoin is needed'), {
    type: 'REBALANCE_IN_PROGRESS',
  });

/** A process: the loop, and the client that fetches for it. */
class Member {
  readonly name: string;
  frozen = false;
  broken = false;
  private dead = false;
  private running = true;
  private generation = 0;
  private heard = 0;
  private readonly loop: ConsumerLoop;
  /** The one partition the client fetches for now. */
  private favoured: number | undefined;
  /** Where the client fetches next; grows a new object with every seek. */
  private positions = new Map<number, { offset: number }>();

  constructor(
    number: number,
    private readonly partitions: Partition[],
    private readonly schedule: Schedule,
    fatal: unknown[],
  ) {
    this.name = `member ${number}`;
    this.loop = new ConsumerLoop(
      { topic: 'simulated', log: 'simulation' },
      {
        group: 'group',
        onBatch: (batch) => this.apply(batch),
        onFatal: (error) => {
          fatal.push(error);
        },
        maxMessages: 1 + schedule.below(6),
      },
      {
        stored: async (partition) => {
          await this.ask();
          return this.at(partition).stored;
        },
        range: async (partition) => {
          await this.ask();
          return { first: 0, next: this.at(partition).next };
        },
        skip: (batch) => this.apply(batch),
        seek: (partition, offset) => {
          if (this.positions.has(partition)) this.positions.set(partition, { offset });
        },
        favour: (partition) => {
          this.favoured = partition;
        },
        commit: async (partition, nextOffset) => {
          await this.step();
          this.at(partition).committed = nextOffset;
        },
        pause: () => this.step(),
      },
    );
  }

  state(): string {
    const positions = [...this.positions].map(([partition, { offset }]) => `${partition} at ${offset}`);
    return `${this.name}, generation ${this.generation}: ${positions.join(', ')}`;
  }

  /** Shared out anew: fetches its partitions from where the cluster thinks the group is. */
  join(generation: number, share: readonly number[]): void {
    if (this.dead || this.frozen || generation < this.heard) return;
    this.heard = generation;
    this.generation = generation;
    this.positions = new Map(share.map((partition) => [partition, { offset: this.at(partition).committed }]));
    void this.loop.assign(share);
    for (const partition of share) void this.fetchAll(partition, generation);
  }

  die(): void {
    this.dead = true;
    for (const partition of this.partitions) if (partition.holder === this) partition.endSession();
  }

  leave(): void {
    this.running = false;
    // The process ends, and with it whatever sessions it still has.
    void this.loop.release().then(() => this.die());
  }

  lookOver(): void {
    void this.loop.lookOver();
  }

  private at(partition: number): Partition {
    return this.partitions[partition] as Partition;
  }

  /** One await; never ends for the dead, and not before it comes back for one that stands still. */
  private async step(): Promise<void> {
    await this.schedule.step(() => this.frozen);
    if (this.dead) await new Promise<never>(() => undefined);
  }

  /** A question to the database. */
  private async ask(): Promise<void> {
    await this.step();
    if (this.broken) {
      this.broken = false;
      throw connectionLost();
    }
  }

  /** What an app does with a batch. */
  private async apply(batch: LogBatch): Promise<void> {
    const partition = this.at(batch.partition);
    await this.ask();
    const session = await partition.lock(this);
    if (this.dead) {
      partition.unlock(session);
      await this.step();
    }
    try {
      await this.ask();
      const from = partition.stored;
      if (from < batch.nextOffset) {
        const fresh = batch.messages.map(({ offset }) => offset).filter((offset) => offset >= from);
        await this.ask();
        // As `moveOffset`: never over messages that the batch does not hold.
        if (from < batch.firstOffset) throw Object.assign(new Error('not yet applied'), { code: '40001' });
        partition.commit(session, fresh, batch.nextOffset);
      }
    } finally {
      partition.unlock(session);
    }
    // Whether it was stored is known only when the answer comes.
    await this.ask();
  }

  private async fetchAll(partition: number, generation: number): Promise<void> {
    const mine = () => this.running && this.generation === generation && this.positions.has(partition);
    while (mine()) {
      await this.step();
      const position = this.positions.get(partition);
      if (!mine() || !position) return;
      const paused = this.favoured !== undefined && this.favoured !== partition;
      const fetched = paused ? undefined : this.fetch(partition, position.offset);
      if (!fetched) {
        if (!this.schedule.goesOn) return;
        continue;
      }
      await this.loop.handle(fetched, this.delivery(partition, generation, position)).catch(() => undefined);
    }
  }

  private fetch(partition: number, from: number): Fetched | undefined {
    const { offsets, next } = this.at(partition);
    if (from >= next) return undefined;
    const until = Math.min(next, from + 1 + this.schedule.below(20));
    return {
      partition,
      fetchedFrom: from,
      nextOffset: until,
      messages: offsets
        .filter((offset) => offset >= from && offset < until)
        .map((offset) => ({
          offset,
          bytes: 1,
          read: () => ({ offset, key: 'key', value: String(offset), headers: {} }),
        })),
    };
  }

  private delivery(partition: number, generation: number, position: { offset: number }): Delivery {
    return {
      heartbeat: async () => {
        await this.step();
        if (this.generation !== generation) throw SHARED_OUT_ANEW();
      },
      isRunning: () => this.running && !this.dead,
      isStale: () => this.positions.get(partition) !== position,
      resolve: (nextOffset) => {
        position.offset = nextOffset;
      },
    };
  }
}
