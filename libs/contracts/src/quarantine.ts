import { z } from 'zod';
import { type Fault, FAULT_CODES, faultsOfIssues, withCode } from './faults.js';
import { dayField } from './fields.js';

/** What only a message of the log can suffer from; over HTTP it cannot happen, or is told otherwise. */
export const MESSAGE_REASONS = [
  'tombstone',
  'unknown-version',
  'oversized',
  'wrong-key',
  'wrong-partition',
  'conflicting-duplicate',
] as const;

/** Why a message is in the quarantine: every code that intake refuses with, and those above; `docs/publish.md` explains them. */
export const QUARANTINE_REASONS = [...FAULT_CODES, ...MESSAGE_REASONS] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

const LONGEST_WHY = 500;
const why = z
  .string({ error: 'Must be a string: why it is replayed.' })
  .refine((text) => text.trim().length > 0 && text.length <= LONGEST_WHY && !text.includes('\0'), {
    error: `Must have 1 to ${LONGEST_WHY} characters.`,
    ...withCode('bad-length'),
  })
  .meta({
    minLength: 1,
    maxLength: LONGEST_WHY,
    description: 'Why: who mended what. Kept with the event.',
    examples: ['agency H13.99 added to the catalogue'],
  });

/** Which of the quarantined events: what all of the given members say. */
const filter = z.strictObject(
  {
    reason: z.enum(QUARANTINE_REASONS, { error: 'Is not a reason that the quarantine has.' }).optional(),
    source: z.string({ error: 'Must be a string.' }).optional(),
    topic: z.string({ error: 'Must be a string.' }).optional(),
    from: dayField().optional().meta({ description: 'Recorded on this civil day or later.' }),
    to: dayField().optional().meta({ description: 'Recorded on this civil day or earlier.' }),
  },
  { error: 'Must be an object; {} means all.' },
);

export const replayOneSchema = z.object({ reason: why.optional() }, { error: 'Must be an object.' });
export const replayAllSchema = z.strictObject(
  {
    filter,
    reason: why,
    cursor: z
      .string({ error: 'Must be a string.' })
      .regex(/^\d{1,15}\.\d{1,15}$/, { error: 'Is not a `next` that a replay gave.' })
      .optional()
      .meta({ description: '`next` of the answer before, to go on where it stopped.' }),
  },
  { error: 'Must be an object.' },
);

export type QuarantineFilter = z.infer<typeof filter>;
export type ReplayOne = z.infer<typeof replayOneSchema>;
export type ReplayAll = z.infer<typeof replayAllSchema>;
export type ReadRequest<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

export function readWith<T>(schema: z.ZodType<T>, raw: unknown): ReadRequest<T> {
  const read = schema.safeParse(raw);
  return read.success
    ? { ok: true, value: read.data }
    : { ok: false, faults: faultsOfIssues(raw, 0, read.error.issues) };
}
export const readReplayOne = (raw: unknown): ReadRequest<ReplayOne> => readWith(replayOneSchema, raw);
export const readReplayAll = (raw: unknown): ReadRequest<ReplayAll> => readWith(replayAllSchema, raw);
