import type { FactData, Instant, OrdinaryType } from '#libs/dossier';
import { z } from 'zod';
import { withCode } from './faults.js';
import {
  agencyField,
  channelField,
  idField,
  instantField,
  limitField,
  procedureField,
  textField,
} from './fields.js';

/**
 * The events of contract.md §3: the one place where their attributes, types and data are declared.
 * JSON Schema, OpenAPI and AsyncAPI are generated from here; `parseEvent` reads with it.
 */

const noData = 'Must be an object.';

/** Data of the ordinary types. Unknown members are dropped: applicants' names never get in. */
export const ORDINARY_DATA = {
  submitted: z.object(
    { procedure: procedureField(), receivingAgency: agencyField(), channel: channelField() },
    { error: noData },
  ),
  accepted: z.object(
    {
      procedure: procedureField(),
      receivingAgency: agencyField(),
      resolvingAgency: agencyField().optional().meta({ description: 'Default: the receiving agency.' }),
      channel: channelField(),
      dueAt: instantField().optional(),
      limit: limitField().optional(),
    },
    { error: noData },
  ),
  refused: z.object({ reason: textField().optional() }, { error: noData }),
  'stage-entered': z.object(
    { stage: textField(), agency: agencyField(), stageDueAt: instantField().optional() },
    { error: noData },
  ),
  'supplement-requested': z.object({ reason: textField().optional() }, { error: noData }),
  'supplement-received': z.object({ newDueAt: instantField().optional() }, { error: noData }),
  'fee-requested': z.object({ reason: textField().optional() }, { error: noData }),
  'fee-paid': z.object({ newDueAt: instantField().optional() }, { error: noData }),
  extended: z.object(
    {
      newDueAt: instantField(),
      reason: textField().optional(),
      apology: z.boolean({ error: 'Must be true or false.' }).optional(),
    },
    { error: noData },
  ),
  resolved: z.object(
    { outcome: z.enum(['granted', 'rejected'], { error: 'Must be granted or rejected.' }).optional() },
    { error: noData },
  ),
  returned: z.object({ channel: channelField().optional() }, { error: noData }),
  withdrawn: z.object({ reason: textField().optional() }, { error: noData }),
  stopped: z.object({ reason: textField().optional() }, { error: noData }),
  reopened: z.object(
    { newDueAt: instantField().optional(), reason: textField().optional() },
    { error: noData },
  ),
  rated: z.object(
    {
      score: z
        .int({ error: 'Must be a whole number from 1 to 5.' })
        .min(1, { error: 'Must not be below 1.' })
        .max(5, { error: 'Must not be above 5.' }),
    },
    { error: noData },
  ),
} satisfies { [T in OrdinaryType]: z.ZodType<FactData[T]> };

export const ORDINARY_TYPES = Object.keys(ORDINARY_DATA) as OrdinaryType[];
export const AMENDMENT_TYPES = ['corrected', 'retracted'] as const;
export type EventType = OrdinaryType | (typeof AMENDMENT_TYPES)[number];

export type EventTypeName = `vn.tthc.dossier.${EventType}.v1`;
export const typeName = <T extends EventType>(type: T) => `vn.tthc.dossier.${type}.v1` as const;

/** Full names of the 17 types. */
export const EVENT_TYPES: readonly EventTypeName[] = [...ORDINARY_TYPES, ...AMENDMENT_TYPES].map(typeName);

const SHORT_NAMES: ReadonlySet<string> = new Set([...ORDINARY_TYPES, ...AMENDMENT_TYPES]);

/** One of our types in a version that this program does not know: what its data mean, nobody can say. */
export function isOtherVersion(type: unknown): boolean {
  const [, name, version] =
    (typeof type === 'string' && /^vn\.tthc\.dossier\.([a-z-]+)\.v(\d+)$/.exec(type)) || [];
  return name !== undefined && SHORT_NAMES.has(name) && version !== '1';
}

const sequenceFault =
  'Must be an integer from 0 to 9007199254740991, or such a number as a string of digits.';
const sequence = z
  .union(
    [
      z.int({ error: sequenceFault }).min(0, { error: sequenceFault }),
      z
        .string()
        .refine((text) => /^\d+$/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER, {
          error: sequenceFault,
          ...withCode('bad-value'),
        })
        .meta({ pattern: '^[0-9]+$' }),
      z.null(),
    ],
    { error: sequenceFault },
  )
  .optional()
  // -0 is a JSON number too.
  .transform((value) => Math.abs(Number(value ?? 0)))
  .meta({ description: 'Breaks ties in time; absent counts as 0.' });

/** CloudEvents lets a sender write null for an attribute that is not set. */
const ignoredText = z.string({ error: 'Must be a string.' }).nullish();

const attributes = {
  specversion: z.literal('1.0', { error: 'Must be "1.0".' }),
  source: idField().meta({ description: 'URN of the upstream system.', examples: ['urn:vn:cantho:motcua'] }),
  id: idField().meta({ description: 'Unique in the source; a repeated id is a duplicate.' }),
  type: z.string(),
  subject: idField().meta({
    description: 'Dossier code, opaque; unique in the source.',
    examples: ['H13.12-180105-0001'],
  }),
  time: instantField().meta({
    description: 'When it happened; at most 5 minutes after its arrival. Digits beyond milliseconds are cut.',
  }),
  sequence,
  datacontenttype: ignoredText.meta({ description: 'Accepted and ignored: data is JSON.' }),
  dataschema: ignoredText.meta({ description: 'Accepted and ignored.' }),
  data_base64: z.null({ error: 'Data must be JSON, in the member data.' }).optional(),
};

/** Extension attributes are read over, but must be such as CloudEvents allows. */
const extension = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'An extension attribute must be a string, a number or a boolean.',
});

/** What a schema of one type gives for a well-formed event. */
export interface ReadEvent {
  source: string;
  id: string;
  type: string;
  subject: string;
  time: Instant;
  sequence: number;
  data?: unknown;
}

const envelope = (type: z.ZodType<string>, data: z.ZodType): z.ZodType<ReadEvent> =>
  z.object({ ...attributes, type, data }, { error: 'An event must be an object.' }).catchall(extension);

/** Data of an ordinary type, optional where every member is. */
function dataOf(type: OrdinaryType): z.ZodType {
  const schema = ORDINARY_DATA[type];
  return schema.safeParse({}).success ? schema.optional() : schema;
}

const eventReference = (what: string) =>
  idField().meta({ description: `Id of the event it ${what}, of the same source.` });

const correctedData = (type: z.ZodType<string>, data: z.ZodType) =>
  z.object({ event: eventReference('replaces'), type, time: instantField(), data }, { error: noData });

const retractedData = z.object({ event: eventReference('takes back') }, { error: noData });

const literal = (type: EventType) => z.literal(typeName(type));

/** Stand-ins where the type is not known: everything else of the event is still checked. */
const anyObject = z
  .custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: noData,
    ...withCode('wrong-type'),
  })
  .optional();
const unknownType = (known: readonly string[], what: string) =>
  z.string({ error: 'Must be a string.' }).refine((type) => known.includes(type), {
    error: `Must be ${what}, vn.tthc.dossier.X.v1.`,
    ...withCode('unknown-type'),
  });

const mapOf = (types: readonly OrdinaryType[], schema: (type: OrdinaryType) => z.ZodType<ReadEvent>) =>
  new Map<unknown, z.ZodType<ReadEvent>>(types.map((type) => [typeName(type), schema(type)]));

const PLAIN = mapOf(ORDINARY_TYPES, (type) => envelope(literal(type), dataOf(type))).set(
  typeName('retracted'),
  envelope(literal('retracted'), retractedData),
);
const CORRECTED = mapOf(ORDINARY_TYPES, (type) =>
  envelope(literal('corrected'), correctedData(literal(type), dataOf(type))),
);
const UNKNOWN = envelope(unknownType(EVENT_TYPES, 'one of the 17 event types'), anyObject);
const CORRECTED_UNKNOWN = envelope(
  literal('corrected'),
  correctedData(unknownType(ORDINARY_TYPES.map(typeName), 'the full name of an ordinary type'), anyObject),
);

/** A member of parsed JSON whose shape is not known yet. */
export const memberOf = (raw: unknown, name: string): unknown =>
  typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>)[name] : undefined;

/** The schema that an event has to meet, by its type and, for a correction, the corrected type. */
export function schemaOfEvent(raw: unknown): z.ZodType<ReadEvent> {
  const type = memberOf(raw, 'type');
  return type === typeName('corrected')
    ? (CORRECTED.get(memberOf(memberOf(raw, 'data'), 'type')) ?? CORRECTED_UNKNOWN)
    : (PLAIN.get(type) ?? UNKNOWN);
}

/** One schema per type, for the generated documents. */
export const EVENT_DOCUMENTS: ReadonlyMap<EventType, z.ZodType> = new Map<EventType, z.ZodType>([
  ...ORDINARY_TYPES.map((type) => [type, envelope(literal(type), dataOf(type))] as const),
  [
    'corrected',
    envelope(
      literal('corrected'),
      z.union(ORDINARY_TYPES.map((type) => correctedData(literal(type), dataOf(type)))),
    ),
  ],
  ['retracted', envelope(literal('retracted'), retractedData)],
]);
