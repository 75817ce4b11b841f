// A member of a group as a process of its own, to be killed, stopped or squeezed. What it applies is its
// group's offset and a count. Its argument is JSON; every second it prints a line of JSON.
import { createLogger } from '#libs/platform';
import { connect } from '#libs/store';
import type { KafkaSettings } from './kafka-client.js';
import { KafkaLog } from './kafka-log.js';
import { claimOffset, moveOffset } from './offsets.js';

export interface MemberArguments {
  settings: KafkaSettings;
  database: string;
  group: string;
  topic: string;
}

export interface MemberReport {
  assigned: number[];
  read: number;
  largest: number;
  rssMegabytes: number;
}

const { settings, database: url, group, topic } = JSON.parse(process.argv[2] ?? '') as MemberArguments;
const database = await connect(url, 6);
const log = new KafkaLog(
  database,
  settings,
  createLogger('member', { LOG_LEVEL: 'warn', NODE_ENV: 'production' }),
);
let [read, largest] = [0, 0];
const member = await log.subscribe({
  group,
  topic,
  onBatch: async (batch) => {
    const bytes = batch.messages.reduce((sum, { value }) => sum + value.length, 0);
    const fresh = await database.transaction(async (manager) => {
      const from = await claimOffset(manager, group, batch);
      if (from >= batch.nextOffset) return 0;
      await moveOffset(manager, group, batch);
      return batch.messages.filter(({ offset }) => offset >= from).length;
    });
    read += fresh;
    largest = Math.max(largest, bytes);
  },
  onFatal: (error) => {
    console.error(error);
    process.exit(1);
  },
});

const say = (): void => {
  const report: MemberReport = {
    assigned: member.assigned(),
    read,
    largest,
    rssMegabytes: Math.round(process.memoryUsage.rss() / 1_048_576),
  };
  console.log(JSON.stringify(report));
};
setInterval(say, 250);
process.once('SIGTERM', () => {
  void log
    .close()
    .then(() => database.destroy())
    .then(() => {
      say();
      process.exit(0);
    });
});
