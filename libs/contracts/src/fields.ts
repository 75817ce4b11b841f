import { CHANNELS, type Instant, LIMIT_UNITS, parseDay, parseInstant } from '#libs/dossier';
import { z } from 'zod';
import { withCode } from './faults.js';
import { isWritable } from './text-faults.js';

/** Building blocks of the schemas, of events and catalogue alike. */

/** Contract: `source`, `id`, `subject` have at most this many characters. */
export const LONGEST_ID = 256;
/** Free text such as reasons; the contract sets no bound, a hostile sender makes one necessary. */
export const LONGEST_TEXT = 10_000;
export const LARGEST_AMOUNT = 10_000;

/** Characters, not UTF-16 units: one outside the basic plane counts once, as JSON Schema counts. */
function charactersWithin(text: string, most: number): boolean {
  if (text.length <= most) return true;
  if (text.length > 2 * most) return false;
  let count = 0;
  for (const _ of text) count++;
  return count <= most;
}

/** Whether a text from elsewhere (a path, say) could be an id. */
export const isId = (text: string): boolean =>
  text.length > 0 && charactersWithin(text, LONGEST_ID) && isWritable(text);

/** What a field holds, for whoever reads it without zod (see members.ts). */
export type FieldKind = 'agency' | 'procedure' | 'text' | 'instant' | 'limit';
export const FIELD_KINDS = z.registry<{ kind: FieldKind }>();

const string = () => z.string({ error: 'Must be a string.' });

export const idField = () =>
  string()
    .refine((text) => text.length > 0 && charactersWithin(text, LONGEST_ID), {
      error: `Must have 1 to ${LONGEST_ID} characters.`,
      ...withCode('bad-length'),
    })
    .meta({ minLength: 1, maxLength: LONGEST_ID });

/** Codes of the catalogue. Whether they exist is asked of the catalogue, not of the schema. */
export const agencyField = () => string().register(FIELD_KINDS, { kind: 'agency' });
export const procedureField = () => string().register(FIELD_KINDS, { kind: 'procedure' });

export const textField = () =>
  string()
    .refine((text) => charactersWithin(text, LONGEST_TEXT), {
      error: `Must have at most ${LONGEST_TEXT} characters.`,
      ...withCode('bad-length'),
    })
    .meta({ maxLength: LONGEST_TEXT })
    .register(FIELD_KINDS, { kind: 'text' });

export const channelField = () => z.enum(CHANNELS, { error: `Must be one of ${CHANNELS.join(', ')}.` });

export const instantField = () =>
  string()
    .transform((text, context): Instant => {
      const instant = parseInstant(text);
      if (instant !== undefined) return instant;
      context.issues.push({
        code: 'custom',
        input: text,
        message: 'Must be an RFC 3339 instant with an offset, such as 2018-01-05T08:00:00+07:00.',
        ...withCode('bad-instant'),
      });
      return z.NEVER;
    })
    .meta({ format: 'date-time', examples: ['2018-01-05T08:00:00+07:00'] })
    .register(FIELD_KINDS, { kind: 'instant' });

export const dayField = () =>
  string()
    .refine((text) => parseDay(text) !== undefined, {
      error: 'Must be a real date, YYYY-MM-DD.',
      ...withCode('bad-date'),
    })
    .meta({ format: 'date', examples: ['2018-02-14'] });

/** A limit of time: whole amounts, but working hours in steps of a half. */
export const limitField = () =>
  z
    .object(
      {
        amount: z
          .number({ error: 'Must be a number.' })
          .min(0, { error: 'Must not be below 0.', abort: true })
          .max(LARGEST_AMOUNT, { error: `Must not be above ${LARGEST_AMOUNT}.`, abort: true })
          .multipleOf(0.5, { error: 'Must be whole, or in steps of 0.5 for working-hours.', abort: true }),
        unit: z.enum(LIMIT_UNITS, { error: `Must be one of ${LIMIT_UNITS.join(', ')}.` }),
      },
      { error: 'Must be an object of amount and unit.' },
    )
    .refine((limit) => limit.unit === 'working-hours' || Number.isInteger(limit.amount), {
      path: ['amount'],
      error: 'Must be whole; only working-hours come in steps of 0.5.',
      ...withCode('out-of-range'),
    })
    .meta({
      description: 'Whole amounts; working hours in steps of 0.5.',
      if: { properties: { unit: { not: { const: 'working-hours' } } } },
      then: { properties: { amount: { multipleOf: 1 } } },
    })
    .register(FIELD_KINDS, { kind: 'limit' });
