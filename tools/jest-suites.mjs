// The suites of `npm test`, of which `npm run check` runs the first, and how one is run and counted.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

export const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

/** Specs by what they need: nothing, a PostgreSQL, the built programs. */
export const suites = {
  pure: {
    title: 'pure specs',
    // Everything below apps/, libs/ and deploy/ whose name does not end in .int.spec.ts.
    args: ['--testPathPatterns', '/(apps|libs|deploy)/.*(?<!\\.int)\\.spec\\.ts$'],
  },
  integration: {
    title: 'integration specs (embedded PostgreSQL, a Kafka broker)',
    // Most of the time they wait for sessions to expire and servers to start; two side by side halve it.
    args: ['--testPathPatterns', '\\.int\\.spec\\.ts$', '--maxWorkers', '2'],
  },
  e2e: {
    title: 'end-to-end specs (whole processes)',
    // Each starts servers of its own. Many wait for deadlines to pass and alerts to come; two side by side.
    args: ['--testPathPatterns', '/e2e/.*\\.spec\\.ts$', '--maxWorkers', '2'],
  },
};

/** Jest needs the first for ESM; the warning about it is noise in every worker (Node < 20.11 cannot be told so). */
const NODE_FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'].filter((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag.split('=')[0]),
);

/** A child's exit code; its output goes straight to ours. */
export function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => {
      if (signal) console.error(`${command} was ended by ${signal}`);
      resolve(code ?? 1);
    });
  });
}

/** Runs one suite; what passed, failed and was skipped, and names for the summary. */
export async function runSuite({ args }, extra = []) {
  const folder = mkdtempSync(join(tmpdir(), 'dunghan-jest-'));
  const outputFile = join(folder, 'results.json');
  try {
    const code = await run(
      process.execPath,
      [join(root, 'node_modules/jest/bin/jest.js'), '--json', '--outputFile', outputFile, ...args, ...extra],
      { NODE_OPTIONS: [process.env.NODE_OPTIONS ?? '', ...NODE_FLAGS].join(' ') },
    );
    return read(outputFile, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(outputFile, code) {
  let results;
  try {
    results = JSON.parse(readFileSync(outputFile, 'utf8'));
  } catch {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      failures: [`jest ended with ${code} and left no results`],
      skips: [],
    };
  }
  const failures = [];
  const skips = [];
  for (const file of results.testResults) {
    const path = relative(root, file.name);
    const of = (...states) => file.assertionResults.filter(({ status }) => states.includes(status));
    // A file that cannot be loaded has no tests to fail.
    if (file.status === 'failed' && of('failed').length === 0) failures.push(`${path}: did not run`);
    for (const test of of('failed')) failures.push(`${path}: ${test.fullName}`);
    const skipped = of('pending', 'skipped', 'disabled', 'todo').length;
    if (skipped > 0) skips.push({ path, count: skipped });
  }
  const passed = results.numPassedTests;
  if (code !== 0 && failures.length === 0) failures.push(`jest ended with ${code}`);
  if (passed === 0 && failures.length === 0 && skips.length === 0) failures.push('no test ran');
  const skipped = skips.reduce((sum, { count }) => sum + count, 0);
  return { passed, failed: failures.length, skipped, failures, skips };
}
