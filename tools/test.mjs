// `npm test`: everything that can be tested on this machine, from a fresh clone after `npm ci`. Needs
// neither Docker nor Java nor a browser; what is left out for want of one is said at the end, loudly. With CI
// set, no Kafka is a failure.
// The last line counts the tests of all suites.
import { run, runSuite, suites } from './jest-suites.mjs';

const args = process.argv.slice(2);
const chosen = Object.keys(suites).filter((name) => args.length === 0 || args.includes(name));
if (chosen.length === 0) {
  console.error(`usage: npm test [-- ${Object.keys(suites).join(' | ')}]`);
  process.exit(2);
}

const NO_MONITORING =
  'no Prometheus with Alertmanager and their tools found (apt-get install prometheus prometheus-alertmanager), or no Kafka';
const NO_KAFKA =
  'no Kafka found: have Docker, or install Java 17 and Maven (apt-get install openjdk-17-jdk-headless maven), or set KAFKA_BROKERS';

const NO_CHROMIUM = 'no Chromium found: install one (apt-get install chromium) or set CHROMIUM_PATH';

/** Why the specs of a file skip themselves. */
const REASONS = {
  'libs/event-log/src/kafka-log.int.spec.ts': NO_KAFKA,
  'e2e/chaos.e2e.spec.ts': NO_KAFKA,
  'e2e/publish.e2e.spec.ts': NO_KAFKA,
  'e2e/alerts.e2e.spec.ts': NO_MONITORING,
  'e2e/dashboards.e2e.spec.ts': NO_MONITORING,
  'e2e/observe.e2e.spec.ts':
    'no Prometheus with Alertmanager found (apt-get install prometheus prometheus-alertmanager)',
  'e2e/accessibility.e2e.spec.ts': NO_CHROMIUM,
  'e2e/comparison.e2e.spec.ts': NO_CHROMIUM,
  'e2e/first-view.e2e.spec.ts': NO_CHROMIUM,
  'e2e/issued-reports.e2e.spec.ts': NO_CHROMIUM,
  'e2e/morning-look.e2e.spec.ts': NO_CHROMIUM,
  'e2e/page.e2e.spec.ts': NO_CHROMIUM,
  'e2e/exports.e2e.spec.ts':
    'no Chromium (apt-get install chromium, or CHROMIUM_PATH) or no Poppler (apt-get install poppler-utils) found',
};

if ((await run(process.execPath, ['tools/build.mjs', '--if-stale'])) !== 0) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];
for (const name of chosen) {
  const { title } = suites[name];
  console.log(`\n── ${title} ${'─'.repeat(Math.max(3, 90 - title.length))}`);
  const started = performance.now();
  const result = await runSuite(suites[name]);
  for (const count of ['passed', 'failed', 'skipped']) totals[count] += result[count];
  failures.push(...result.failures);
  skips.push(...result.skips);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${title}: ${result.passed} passed, ${result.failed} failed in ${seconds} s`);
}

if (failures.length > 0) console.log(`\nFAILED\n${failures.map((failure) => `  ✗ ${failure}`).join('\n')}`);
if (skips.length > 0) {
  const lines = skips.map(
    ({ path, count }) => `  !! ${path}: ${count}: ${REASONS[path] ?? 'skipped by the spec itself'}`,
  );
  console.log(`\nSKIPPED, NOT TESTED HERE\n${lines.join('\n')}`);
}
console.log(
  `\n${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);
