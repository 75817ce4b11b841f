// Builds the server (tsc) and the page (vite) into dist/. With --if-stale each half is built only
// when a source is newer than its last build, so that `npm start` works on a fresh clone and is
// instant afterwards.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const onlyIfStale = process.argv.includes('--if-stale');

const halves = [
  {
    name: 'server',
    stamp: 'dist/.server-built',
    sources: [
      ...['apps', 'libs', 'deploy/grafana/src', 'bench', 'chaos', 'e2e/chromium.ts'],
      ...['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
    ],
    skip: (path) => path.startsWith('apps/web') || path.endsWith('.spec.ts'),
    command: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  },
  {
    name: 'page',
    stamp: 'dist/.page-built',
    sources: ['apps/web', 'package-lock.json'],
    skip: (path) => path.startsWith('apps/web/dist'),
    command: ['node_modules/vite/bin/vite.js', 'build', 'apps/web', '--logLevel', 'warn'],
    afterwards: () => compress(join(root, 'dist/web')),
  },
];

/** Latest modification below the given files and folders, in milliseconds since 1970. */
function newest(paths, skip) {
  let latest = 0;
  for (const path of paths) {
    const full = join(root, path);
    if (!existsSync(full) || skip(path)) continue;
    const stat = statSync(full);
    latest = Math.max(
      latest,
      stat.isDirectory()
        ? newest(
            readdirSync(full).map((name) => `${path}/${name}`),
            skip,
          )
        : stat.mtimeMs,
    );
  }
  return latest;
}

/** Beside each text its compressed forms, so that nobody compresses it anew for every reader. */
function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!/\.(html|js|css|svg)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(text));
  }
}

for (const half of halves) {
  const stamp = join(root, half.stamp);
  if (half.name === 'page' && !existsSync(join(root, 'apps/web/index.html'))) continue;
  if (onlyIfStale && existsSync(stamp) && statSync(stamp).mtimeMs > newest(half.sources, half.skip)) continue;
  const started = Date.now();
  const result = spawnSync(process.execPath, half.command, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    console.error(`Building the ${half.name} failed; the messages above say where.`);
    process.exit(1);
  }
  half.afterwards?.();
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, '');
  console.error(`built the ${half.name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
