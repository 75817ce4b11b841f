import { pause } from '#libs/platform';
import type { Usage } from './processes.js';
import { say } from './say.js';
import { withStandalone } from './servers.js';

/** What it uses while nothing happens. */
export async function idle(): Promise<void> {
  await withStandalone(async ({ usage }) => {
    await pause(3_000);
    const before = usage();
    const seconds = 15;
    await pause(seconds * 1_000);
    const after = usage();
    const used = (earlier: Usage, later: Usage) =>
      `${(((later.cpuSeconds - earlier.cpuSeconds) / seconds) * 100).toFixed(1)} % of a core, ${later.residentMegabytes.toFixed(0)} MB`;
    say(
      'idle',
      `Node ${used(before.node, after.node)}; PostgreSQL ${used(before.postgres, after.postgres)} (shared pages counted per process)`,
    );
  });
}
