import { availableParallelism, cpus } from 'node:os';
import { announce } from './announce.js';
import { chain, drain } from './chain.js';
import { freshness } from './freshness.js';
import { idle } from './idle.js';
import { page } from './page.js';
import { reports } from './reports.js';
import { scrape } from './scrape.js';
import { takeover } from './takeover.js';

/**
 * `npm run bench [-- part …] [--kafka]`: prints what the chain does per second as a ratio to a plain-SQL floor
 * of the same run, and how long people wait. With `--kafka` chain and freshness are measured over a broker and in
 * four processes too, and how fast a backlog is drained and a killed copy's partitions are taken over.
 */
const PARTS = { chain, drain, takeover, reports, freshness, announce, scrape, page, idle } as const;

const asked = Object.entries(PARTS).filter(([name]) => process.argv.includes(name));
console.log(`${cpus()[0]?.model ?? 'processor'}, ${availableParallelism()} cores, Node ${process.version}`);
try {
  for (const [, work] of asked.length > 0 ? asked : Object.entries(PARTS)) await work();
} catch (error) {
  console.error(error);
  process.exit(1);
}
process.exit(0);
