import { FORMULAS } from '#libs/dossier';
import type { z } from 'zod';
import { formulasSchema } from './responses.js';

/** The formulas in words, as `GET /v1/formulas` answers. */
export type FormulaRegistry = z.output<typeof formulasSchema>;

/** @throws if it is not of that shape, or has not each formula that is computed once, in their order */
export function readFormulaRegistry(raw: unknown): FormulaRegistry {
  const { formulas } = formulasSchema.parse(raw);
  const ids = formulas.map(({ id }) => id).join();
  if (ids !== FORMULAS.join())
    throw new Error(`the registry words the formulas ${ids}, computed are ${FORMULAS.join()}`);
  return { formulas };
}
