// `npm run check`: everything that can be judged without a database: layout, lint, types, boundaries,
// generated files, pure specs. Each step is a test of its own; what failed is said again at the end.
// `-- --without-specs` leaves the specs to `npm test`.
import { join } from 'node:path';
import { root, run, runSuite, suites } from './jest-suites.mjs';

const node = (script, ...args) => run(process.execPath, [join(root, script), ...args]);

/** @type {{ name: string, mend: string, check: () => Promise<boolean> }[]} */
const steps = [
  {
    name: 'layout',
    mend: 'npm run format',
    check: async () =>
      (await node('node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')) === 0,
  },
  {
    name: 'lint',
    mend: 'npx eslint --fix . mends some of it',
    check: async () => (await node('node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.')) === 0,
  },
  {
    name: 'types of the server',
    mend: 'see the messages above',
    check: async () =>
      (await node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit')) === 0,
  },
  {
    name: 'types of the page',
    mend: 'see the messages above',
    check: async () => (await node('node_modules/typescript/bin/tsc', '-p', 'apps/web', '--noEmit')) === 0,
  },
  {
    name: 'boundaries',
    mend: 'the comments in .dependency-cruiser.cjs say what each rule protects',
    check: async () =>
      (await node(
        'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
        ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long'],
        ...['apps', 'libs', 'deploy', 'e2e', 'bench', 'chaos'],
      )) === 0,
  },
  {
    name: 'generated documents',
    mend: 'npm run generate',
    check: async () =>
      (await node('tools/build.mjs', '--if-stale')) === 0 &&
      (await node('tools/generate.mjs', '--check')) === 0,
  },
  {
    name: suites.pure.title,
    mend: 'npm run jest -- <file>',
    check: async () => {
      const { passed, failed } = await runSuite(suites.pure);
      return failed === 0 && passed > 0;
    },
  },
];

const chosen = process.argv.includes('--without-specs') ? steps.slice(0, -1) : steps;
const failures = [];
for (const { name, mend, check } of chosen) {
  console.log(`── ${name}`);
  const started = performance.now();
  const passed = await check();
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${passed ? '✓' : '✗'} ${name} (${seconds} s)\n`);
  if (!passed) failures.push(`  ✗ ${name}: ${mend}`);
}

if (failures.length > 0) console.log(`FAILED\n${failures.join('\n')}\n`);
console.log(`${chosen.length - failures.length} passed, ${failures.length} failed`);
process.exit(failures.length > 0 ? 1 : 0);
