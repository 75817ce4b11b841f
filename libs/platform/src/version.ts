import { readFileSync } from 'node:fs';

/** The version that runs, as `package.json` says it. */
export const versionOf = (): string =>
  (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;
