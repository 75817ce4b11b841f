import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder: sources and `dist/` lie at different depths below it. */
export const repositoryRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error('The demo must run from inside the repository: no package.json above.');
  return findRoot(parent);
}

/** The text of a file of the repository. */
export function readRepositoryText(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

/** Parses a JSON file of the repository; the caller names the shape it relies on. */
export function readRepositoryJson<T>(path: string): T {
  return JSON.parse(readRepositoryText(path)) as T;
}
