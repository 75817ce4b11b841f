// `npm run generate`: writes what is derived, from the project's root and the last build. With --check it writes
// nothing and exits with 1 if a file is not what it would have written.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './jest-suites.mjs';

/** Each exports `generated()`: texts by path. */
const GENERATORS = [
  'dist/libs/contracts/src/generate.js', // the documents of the interface
  'dist/apps/standalone/src/generate.js', // the page of metrics
  'dist/deploy/grafana/src/generate.js', // dashboards, Grafana's copies of alerts
];

function written(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

process.chdir(root);
const isCheck = process.argv.includes('--check');
for (const generator of GENERATORS) {
  const { generated } = await import(pathToFileURL(join(root, generator)).href);
  for (const [path, text] of Object.entries(generated())) {
    if (written(path) === text) continue;
    if (isCheck) {
      console.error(`${path} is not what it would be if written anew.`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      console.log(`wrote ${path}`);
    }
  }
}
