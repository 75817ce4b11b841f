import { PERIOD_BOUNDS, ROW_FIGURES, TREE_MODES } from '#libs/dossier';
import { z } from 'zod';
import { EVENT_TYPES } from './events.js';
import { withCode } from './faults.js';
import { readWith } from './quarantine.js';
import { form06aSchema, GROUPINGS, reportSchema } from './responses.js';

/** Issued reports and restatements: what is asked, and what is answered. */

const KINDS = ['timeliness', 'form-06a'] as const;
const RATES = ['a', 'b', 'c'] as const;
const LONGEST_WHY = 500;

const instant = () => z.string().meta({ format: 'date-time', examples: ['2026-11-22T10:00:00.000+07:00'] });
const day = () => z.string().meta({ format: 'date', examples: ['2018-03-12'] });
const count = () => z.int().min(0);
const checksum = () => z.string().meta({ pattern: '^[0-9a-f]{64}$' });

const said = (what: string) => z.string({ error: what });
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `Must be one of ${values.join(', ')}.` });

export const issueRequestSchema = z.strictObject(
  {
    kind: oneOf(KINDS),
    formula: oneOf(RATES)
      .optional()
      .meta({ description: 'The rate it is about; not for the form.', default: 'a' }),
    from: said('A civil date.').optional().meta({ format: 'date' }),
    to: said('A civil date.').optional().meta({ format: 'date', description: 'Inclusive.' }),
    period: said('A name such as 2018-Q1.').optional().meta({ description: 'Instead of two days.' }),
    bounds: oneOf(PERIOD_BOUNDS).optional(),
    by: oneOf(GROUPINGS).optional().meta({ description: 'As in the live report; the form: domain, agency.' }),
    agency: said('Must be a string.').optional(),
    procedure: said('Must be a string.').optional(),
    domain: said('Must be a string.').optional(),
    channel: said('Must be a string.').optional(),
    flat: z.boolean({ error: 'Must be true or false.' }).optional(),
    tree: oneOf(TREE_MODES).optional(),
    asOf: said('An instant.')
      .optional()
      .meta({ format: 'date-time', description: 'Instant of knowledge; default now.' }),
  },
  { error: 'Must be an object.' },
);
export type IssueRequest = z.infer<typeof issueRequestSchema>;

export const withdrawRequestSchema = z.strictObject(
  {
    reason: z
      .string({ error: 'Must be a string: why it must not be used.' })
      .refine((text) => text.trim().length > 0 && text.length <= LONGEST_WHY && !text.includes('\0'), {
        error: `Must have 1 to ${LONGEST_WHY} characters.`,
        ...withCode('bad-length'),
      })
      .meta({ minLength: 1, maxLength: LONGEST_WHY, examples: ['phát hành nhầm kỳ'] }),
  },
  { error: 'Must be an object.' },
);

export const readIssueRequest = (raw: unknown) => readWith(issueRequestSchema, raw);
export const readWithdrawRequest = (raw: unknown) => readWith(withdrawRequestSchema, raw);

const number = () => z.string().meta({ examples: ['BC-2018-0001'] });
const summary = {
  number: number().meta({ description: 'Running through the year of issue without a gap.' }),
  kind: z.enum(KINDS),
  issuedAt: instant(),
  asOf: instant(),
  question: z
    .record(z.string(), z.string())
    .meta({ description: 'Parameters of the live report that it was made with, but `asOf`.' }),
  formula: z
    .object({ id: z.enum(RATES), version: z.int() })
    .nullable()
    .meta({ description: 'The rate that it is about; null: the form has none.' }),
  calendarVersion: z.int().meta({ description: 'Of the working calendar, as of the instant of knowledge.' }),
  catalogue: checksum().meta({ description: 'SHA-256 of agencies, procedures and domains as they were.' }),
  checksum: checksum().meta({ description: 'SHA-256 of the cells.' }),
};
const withdrawn = z
  .object({ at: instant(), reason: z.string() })
  .nullable()
  .meta({ description: 'Not null: not to be used any more, and why.' });

export const issuedReportSchema = z.object({ ...summary, report: z.union([reportSchema, form06aSchema]) });
export const listedReportSchema = z.object({ ...summary, withdrawn });
export const issuedPageSchema = z.object({ items: z.array(listedReportSchema), next: z.string().nullable() });

const differences = z.object({
  count: count().meta({ description: 'All of them; `items` are the first.' }),
  items: z.array(
    z.object({
      key: z.string().nullable().meta({ description: 'Of the row; null: the total.' }),
      name: z.string().nullable(),
      figure: z.string().meta({ examples: ['resolved.late'] }),
      issued: z.number().nullable(),
      other: z.number().nullable(),
    }),
  ),
});

export const verificationSchema = z.object({
  ...{ number: number(), kind: z.enum(KINDS), issuedAt: instant(), asOf: instant(), checksum: checksum() },
  verifiedAt: instant(),
  withdrawn,
  stored: z
    .object({ matches: z.boolean(), checksum: checksum() })
    .meta({ description: 'The document as kept, against the checksum that it was issued with.' }),
  recomputed: z.object({ matches: z.boolean(), checksum: checksum(), differences }).meta({
    description: 'The same question, knowledge, organisation and mapping of columns, computed anew.',
  }),
  organisation: z
    .object({ matches: z.boolean(), differences, unanswerable: z.string().nullable() })
    .meta({ description: 'The same question and knowledge by today’s agencies and domains.' }),
  since: z
    .object({
      restated: z.boolean(),
      asOf: instant(),
      checksum: checksum(),
      differences,
      report: z.string().meta({ description: 'The live report as of now.' }),
      restatements: z
        .string()
        .meta({ description: 'What changed, with the dossiers and events that did it.' }),
    })
    .meta({ description: 'The same question and organisation by what is known now.' }),
});

const event = z.object({
  id: z.string(),
  type: z.enum(EVENT_TYPES),
  time: instant(),
  recordedAt: instant(),
  cause: z.enum(['retraction', 'correction', 'late-arrival', 'event']),
  of: z.string().nullable().meta({ description: 'Id of the event that it corrects or retracts.' }),
});
const changedDossier = z.object({
  source: z.string(),
  code: z.string(),
  difference: z.int(),
  cause: z.enum(['retraction', 'correction', 'late-arrival', 'calendar', 'event', 'time']).meta({
    description:
      '`late-arrival`: it happened before A and was told after it. `event`: it happened since. `calendar`: an edit of the working calendar moved the deadline. `time`: nothing new became known; what was known came into effect. Of several, the first in the order retraction, correction, late-arrival, calendar, event.',
  }),
  events: z.array(event).meta({ description: 'Recorded after A and up to B; those that did it.' }),
  calendars: z.array(z.object({ version: z.int(), recordedAt: instant() })),
});
const figure = z.enum(ROW_FIGURES.map(({ name }) => name));
const span = { from: day(), to: day(), between: z.tuple([instant(), instant()]) };

export const restatementsSchema = z.object({
  ...span,
  by: z.enum(['agency', 'procedure', 'channel', 'domain']).nullable(),
  items: z.array(
    z.object({
      key: z.string().nullable().meta({ description: 'With `by`: the row; else null.' }),
      name: z.string().nullable(),
      agency: z.string().nullable().meta({ description: 'Without `by`: the cell.' }),
      procedure: z.string().nullable(),
      channel: z.string().nullable(),
      figure,
      before: z.int(),
      after: z.int(),
      difference: z.int(),
      dossiers: z.object({
        count: count(),
        items: z.array(changedDossier).meta({ description: 'The first of them.' }),
        all: z.string().meta({ description: 'Where all of them are listed.' }),
      }),
    }),
  ),
  next: z.string().nullable(),
});
export const restatedDossiersSchema = z.object({
  ...span,
  figure,
  items: z.array(changedDossier),
  next: z.string().nullable(),
});
