import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORM_06A_CHOICES } from '#libs/dossier';
import { readForm06aMapping } from './form-06a-mapping.js';

const SHIPPED = 'data/forms/ii-06a.json';
interface Shipped {
  mapping: Record<string, string>;
  why: Record<string, string>;
}
const shipped = JSON.parse(readFileSync(SHIPPED, 'utf8')) as Shipped;

async function reading(text: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'dunghan-form-'));
  try {
    writeFileSync(join(folder, 'form.json'), text);
    return await readForm06aMapping(join(folder, 'form.json'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the mapping of form II.06a', () => {
  it('that ships says why for each of its figures', async () => {
    expect(await readForm06aMapping(SHIPPED)).toEqual(shipped.mapping);
    const figures = Object.keys(FORM_06A_CHOICES).sort();
    expect([Object.keys(shipped.mapping).sort(), Object.keys(shipped.why).sort()]).toEqual([
      figures,
      figures,
    ]);
  });

  it('refuses to start with what it cannot read, and names all of it', async () => {
    await expect(readForm06aMapping('no/such/file.json')).rejects.toThrow(/FORM_06A_MAPPING: .*no such file/);
    await expect(reading('{')).rejects.toThrow('FORM_06A_MAPPING');
    const { paused: _absent, ...others } = shipped.mapping;
    const wrong = { mapping: { ...others, reopened: 'late', more: 1 } };
    const fault = await reading(JSON.stringify(wrong)).catch(String);
    for (const words of ['mapping.reopened', 'mapping.paused', '"more"']) expect(fault).toContain(words);
  });
});
