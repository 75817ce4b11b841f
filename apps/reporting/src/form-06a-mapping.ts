import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FORM_06A_CHOICES, type Form06aMapping } from '#libs/dossier';
import { StartError } from '#libs/platform';

/** Nest token of the mapping in use. */
export const FORM_06A_MAPPING = Symbol('form-06a-mapping');

const schema = z.object({
  mapping: z.strictObject(
    Object.fromEntries(
      Object.entries(FORM_06A_CHOICES).map(([figure, choices]) => [figure, z.enum(choices)]),
    ),
  ),
});

/**
 * Which column of form II.06a takes what it has none for.
 *
 * @param path a file like `data/forms/ii-06a.json`, which says why each is where it is
 * @throws StartError naming everything that is wrong with it
 */
export async function readForm06aMapping(path: string): Promise<Form06aMapping> {
  const failed = (why: string) => new StartError(`FORM_06A_MAPPING: ${path}: ${why}`);
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
  const read = schema.safeParse(raw);
  if (!read.success) {
    throw failed(read.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; '));
  }
  return read.data.mapping as Form06aMapping;
}
