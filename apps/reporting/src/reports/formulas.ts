import { readFile } from 'node:fs/promises';
import { type FormulaRegistry, readFormulaRegistry } from '#libs/contracts';

/** Nest token of the registry of formulas. */
export const FORMULA_REGISTRY = Symbol('formula-registry');

/**
 * The formulas in words, with version and source; found from the source tree as well as from the build. What is computed
 * is in `libs/dossier/src/rates.ts`; a spec holds the two against each other.
 *
 * @throws where the file is missing or words other formulas than are computed
 */
export async function shippedFormulas(): Promise<FormulaRegistry> {
  for (const up of ['../../../../data', '../../../../../data']) {
    try {
      return readFormulaRegistry(
        JSON.parse(await readFile(new URL(`${up}/formulas.json`, import.meta.url), 'utf8')),
      );
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('data/formulas.json is missing from this installation');
}
