import { z } from 'zod';
import { type Fault, faultsOfIssues } from './faults.js';

/**
 * Says or takes back why a dossier is late. No free text: what an official might write there could name people.
 * `by` is who says so as an account or role of the calling system knows them, without spaces or `@`, so that
 * neither a name nor an address fits.
 */
export const causeBodySchema = z.strictObject(
  {
    cause: z
      .string({ error: 'Must be a code of the list of causes, or null to take it back.' })
      .max(64)
      .nullable()
      .meta({
        description: 'Code of GET /v1/overdue-causes; null takes it back.',
        examples: ['other-agency'],
      }),
    by: z
      .string({ error: 'An account or role id is required.' })
      .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/, {
        error: 'Must be an account or role id of 1 to 64 letters, digits and . _ : / -, not a name.',
      })
      .meta({
        description: 'Account or role id in the calling system; never a name.',
        examples: ['motcua:cv-12'],
      }),
  },
  { error: 'Must be an object.' },
);
export type CauseBody = z.infer<typeof causeBodySchema>;

export function readCauseBody(raw: unknown): { ok: true; value: CauseBody } | { ok: false; faults: Fault[] } {
  const read = causeBodySchema.safeParse(raw);
  return read.success
    ? { ok: true, value: read.data }
    : { ok: false, faults: faultsOfIssues(raw, 0, read.error.issues) };
}
