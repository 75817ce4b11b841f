import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { asyncApi } from './asyncapi.js';
import { eventJsonSchema, openApi } from './openapi.js';

// Writes the documents below docs/, from the project's root. With --check it writes nothing and exits
// with 1 if one is not what it would have written; layout does not matter.

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const documents: Record<string, object> = {
  'docs/openapi.json': openApi(version),
  'docs/asyncapi.json': asyncApi(version),
  'docs/schema/event.schema.json': eventJsonSchema(),
};

function written(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const drifted = Object.entries(documents).filter(
  // Members without a value are not written.
  ([path, document]) => !isDeepStrictEqual(written(path), JSON.parse(JSON.stringify(document))),
);
if (process.argv.includes('--check')) {
  for (const [path] of drifted)
    console.error(`${path} is not what the schemas say; run this without --check.`);
  process.exitCode = drifted.length > 0 ? 1 : 0;
} else {
  for (const [path, document] of drifted) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
    console.log(`wrote ${path}`);
  }
}
