import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { StartError } from '#libs/platform';

/**
 * A JSON file that a setting names, as a schema wants it.
 *
 * @param setting name of the environment variable, for whoever has to mend it
 * @throws StartError naming everything that is wrong with it
 */
export async function readSettingFile<Schema extends z.ZodType>(
  setting: string,
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const failed = (why: string) => new StartError(`${setting}: ${path}: ${why}`);
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
  const read = schema.safeParse(raw);
  if (read.success) return read.data;
  throw failed(read.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; '));
}
