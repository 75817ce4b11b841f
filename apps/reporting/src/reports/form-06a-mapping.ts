import { z } from 'zod';
import { FORM_06A_CHOICES, type Form06aMapping } from '#libs/dossier';
import { readSettingFile } from '../setting-file.js';

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
  const { mapping } = await readSettingFile('FORM_06A_MAPPING', path, schema);
  return mapping as Form06aMapping;
}
