import { readFileSync, writeFileSync } from 'node:fs';
import { metricsPage } from './metrics-page.js';

// Writes docs/metrics.md, from the project's root. With --check it writes nothing and exits with 1 if the file is
// not what it would have written.

const PATH = 'docs/metrics.md';

function written(): string | undefined {
  try {
    return readFileSync(PATH, 'utf8');
  } catch {
    return undefined;
  }
}

const page = metricsPage();
if (written() === page) process.exit(0);
if (process.argv.includes('--check')) {
  console.error(`${PATH} is not what the apps register; run this without --check.`);
  process.exit(1);
}
writeFileSync(PATH, page);
console.log(`wrote ${PATH}`);
