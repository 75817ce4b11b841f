import { z } from 'zod';
import { type Fault, FAULT_CODES, faultsOfIssues, withCode } from './faults.js';
import { dayField } from './fields.js';

/** What only a message of the log can suffer from; over HTTP it cannot happen, or is told otherwise. */
const MESSAGE_REASONS = [
  'tombstone',
  'unknown-version',
  'oversized',
  'wrong-key',
  'wrong-partition',
  'conflicting-duplicate',
] as const;

/** Why a message is in the quarantine: every code that intake refuses with, and those above. */
export const QUARANTINE_REASONS = [...FAULT_CODES, ...MESSAGE_REASONS] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

/** What each reason means and what helps; `docs/publish.md` is checked against it. */
export const MESSAGE_REASON_TEXTS: Record<(typeof MESSAGE_REASONS)[number], string> = {
  tombstone: 'There is no value, and no header that says it is an event without data.',
  'unknown-version': 'One of our event types, in a version other than v1.',
  oversized: 'Larger than intake takes: 10 MB (10,485,760 bytes).',
  'wrong-key': 'The key is not <source>|<subject>, so the order of the dossier is not kept.',
  'wrong-partition': 'The key is right, but it belongs to another partition: another partitioner chose it.',
  'conflicting-duplicate': 'Its (source, id) has arrived before, with other content.',
};

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

function readWith<T>(schema: z.ZodType<T>, raw: unknown): ReadRequest<T> {
  const read = schema.safeParse(raw);
  return read.success
    ? { ok: true, value: read.data }
    : { ok: false, faults: faultsOfIssues(raw, 0, read.error.issues) };
}
export const readReplayOne = (raw: unknown): ReadRequest<ReplayOne> => readWith(replayOneSchema, raw);
export const readReplayAll = (raw: unknown): ReadRequest<ReplayAll> => readWith(replayAllSchema, raw);
