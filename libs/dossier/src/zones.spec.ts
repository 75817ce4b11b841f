import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import { everything } from '../test/zones.fixture.js';

const lib = fileURLToPath(new URL('..', import.meta.url));
const calendars = fileURLToPath(new URL('../../../data/calendars', import.meta.url));

/** A process of its own for each zone: a running one does not take up another. */
describe('on a host in', () => {
  const root = mkdtempSync(join(tmpdir(), 'dossier-zones-'));
  const compiled = join(root, 'libs/dossier');
  const expected = createHash('sha256').update(everything()).digest('hex');

  beforeAll(() => {
    cpSync(calendars, join(root, 'data/calendars'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    for (const folder of ['src', 'test']) {
      mkdirSync(join(compiled, folder), { recursive: true });
      for (const name of readdirSync(join(lib, folder)).filter((file) => /(?<!\.spec)\.ts$/.test(file))) {
        const { code } = transformSync(readFileSync(join(lib, folder, name), 'utf8'), {
          jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
          module: { type: 'es6' },
        });
        writeFileSync(join(compiled, folder, name.replace(/\.ts$/, '.js')), code);
      }
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each([
    ['UTC', 0],
    ['America/St_Johns', 210],
    ['Asia/Ho_Chi_Minh', -420],
  ])('%s every answer is the same', (zone, offsetInWinter) => {
    const script = `
      import { createHash } from 'node:crypto';
      const { everything } = await import(${JSON.stringify(pathToFileURL(join(compiled, 'test/zones.fixture.js')).href)});
      console.log(new Date(2026, 0, 1).getTimezoneOffset(), createHash('sha256').update(everything()).digest('hex'));
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: process.env['PATH'], TZ: zone },
      encoding: 'utf8',
    });
    expect(output.trim().split(' ')).toEqual([String(offsetInWinter), expected]);
  });
});
