import { type CalendarDocument, PAUSE_POLICIES } from '#libs/dossier';
import { z } from 'zod';
import { memberOf } from './events.js';
import { type Fault, faultsOfIssues, withCode } from './faults.js';
import { channelField, dayField, idField, limitField, LONGEST_TEXT, textField } from './fields.js';
import { textFaults } from './text-faults.js';

/**
 * The bodies of the three catalogue paths (contract.md §5). Misspelt members of an item are refused,
 * not dropped: a limit that is silently ignored would move deadlines. Beside the list a body may
 * carry what explains it (title, source), so that the files under `data/` can be sent as they are.
 */

/** Optional members may be written as null, as many exports do; they then count as absent. */
const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined) as unknown as z.ZodOptional<T>;

/** Names of procedures run to several hundred characters. */
const name = () =>
  textField()
    .refine((text) => text !== '', { error: 'Must not be empty.', ...withCode('bad-length') })
    .meta({ minLength: 1, maxLength: LONGEST_TEXT, description: 'Shown to people.' });

export const AGENCY_KINDS = ['province', 'department', 'district', 'commune', 'centre', 'office'] as const;

export const agencySchema = z.strictObject({
  id: idField(),
  name: name(),
  kind: z.enum(AGENCY_KINDS, { error: `Must be one of ${AGENCY_KINDS.join(', ')}.` }),
  parent: optional(idField()),
  validFrom: optional(dayField()),
  validTo: optional(dayField()),
  successors: optional(z.array(idField())),
});
/** An agency as PUT takes and GET gives it. Dates and successors are shown only, so far. */
export type AgencyDoc = z.output<typeof agencySchema>;

export const procedureSchema = z.strictObject({
  code: idField(),
  name: name(),
  domain: name(),
  pausePolicy: optional(z.enum(PAUSE_POLICIES, { error: `Must be one of ${PAUSE_POLICIES.join(', ')}.` })),
  limits: z.array(
    z.strictObject({
      channel: optional(channelField()),
      statutory: limitField(),
      committed: optional(limitField()),
      validFrom: optional(dayField()),
    }),
  ),
});
/** A procedure as PUT takes and GET gives it. */
export type ProcedureDoc = z.output<typeof procedureSchema>;

const timeOfDay = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error });
const sessionSchema = z.tuple([
  timeOfDay(/^([01]\d|2[0-3]):[0-5]\d$/, 'Must be a time of day, HH:MM from 00:00 to 23:59.'),
  timeOfDay(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'Must be a time of day, HH:MM from 00:00 to 24:00.'),
]);

const DAY_KINDS = ['off', 'work', 'normal'] as const;
const calendarDaySchema = z
  .strictObject({
    on: dayField(),
    kind: z.enum(DAY_KINDS, { error: `Must be one of ${DAY_KINDS.join(', ')}.` }),
    reason: optional(textField()).meta({
      description: 'Shown in the explanation of deadlines; not needed with `normal`.',
    }),
    decision: optional(textField()).meta({ description: 'Number of the decision that says so.' }),
  })
  .refine((day) => day.kind === 'normal' || day.reason !== undefined, {
    path: ['reason'],
    error: 'A day off or a day worked needs its reason.',
    ...withCode('missing'),
    // Told at once, even where another member is at fault.
    when: ({ value }) => memberOf(value, 'kind') === 'off' || memberOf(value, 'kind') === 'work',
  })
  .meta({
    if: { properties: { kind: { not: { const: 'normal' } } } },
    then: { required: ['reason'], properties: { reason: { type: 'string' } } },
  });

export const calendarSchema = z.object({
  sessions: optional(
    z.array(sessionSchema, { error: 'Must be an array.' }).min(1, { error: 'Must not be empty.' }),
  ).meta({ description: 'Sorted, not overlapping; replaces the sessions in force. Absent: they stay.' }),
  days: optional(z.array(calendarDaySchema, { error: 'Must be an array.' })).meta({
    description: 'Merged by date into the days in force; `normal` takes one back. Absent: they stay.',
  }),
});
/** What PUT changes; GET gives a `CalendarDocument`, which PUT takes as well. */
export interface CalendarEdit {
  sessions?: [string, string][];
  /** A day that goes back to `normal` may come without a reason; it is empty then. */
  days?: { on: string; kind: (typeof DAY_KINDS)[number]; reason: string; decision?: string }[];
}
/** A calendar as it is kept and as GET gives it. */
export type CalendarDoc = CalendarDocument;

export const agenciesSchema = z.object({ agencies: z.array(agencySchema) });
export const proceduresSchema = z.object({ procedures: z.array(procedureSchema) });

export type ReadCatalogue<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

/** Reads the body of `PUT /v1/catalogue/agencies`; parents are judged by `faultsOfParents`. */
export function readAgencies(raw: unknown): ReadCatalogue<AgencyDoc[]> {
  const read = readWith(
    agenciesSchema,
    raw,
    'agencies',
    repeated(raw, 'agencies', (item) => [item('id')], 'id'),
  );
  return read.ok ? { ok: true, value: read.value.agencies } : read;
}

/** Reads the body of `PUT /v1/catalogue/procedures`. */
export function readProcedures(raw: unknown): ReadCatalogue<ProcedureDoc[]> {
  const faults = repeated(raw, 'procedures', (item) => [item('code')], 'code');
  itemsOf(raw, 'procedures').forEach((procedure, index) => {
    // Of two limits for one channel from one day on, none would be the valid one.
    const key = (item: (name: string) => unknown) => [item('channel') ?? null, item('validFrom') ?? null];
    for (const fault of repeated(procedure, 'limits', key, '')) {
      faults.push({ ...fault, index, pointer: `/procedures/${index}${fault.pointer}` });
    }
  });
  const read = readWith(proceduresSchema, raw, 'procedures', faults);
  return read.ok ? { ok: true, value: read.value.procedures } : read;
}

/** Reads the body of `PUT /v1/catalogue/calendars/{id}`. */
export function readCalendar(raw: unknown): ReadCatalogue<CalendarEdit> {
  const faults = [...repeated(raw, 'days', (item) => [item('on')], 'on'), ...unsorted(raw)];
  const read = readWith(calendarSchema, raw, undefined, faults);
  if (!read.ok) return read;
  const { sessions, days } = read.value;
  return { ok: true, value: { sessions, days: days?.map((day) => ({ ...day, reason: day.reason ?? '' })) } };
}

/**
 * Parents that are neither in the list nor in the catalogue, and circles that the list would close.
 * To be asked inside the transaction that writes the list, or two lists could close one together.
 */
export function faultsOfParents(
  list: readonly Pick<AgencyDoc, 'id' | 'parent'>[],
  existing: ReadonlyMap<string, Pick<AgencyDoc, 'parent'>>,
): Fault[] {
  const faults: Fault[] = [];
  const listed = new Map(list.map((agency, index) => [agency.id, { parent: agency.parent, index }]));
  const parentOf = (id: string) => (listed.get(id) ?? existing.get(id))?.parent;
  const add = (index: number, code: Fault['code'], detail: string) =>
    faults.push({ index, pointer: `/agencies/${index}/parent`, code, detail });

  // Each agency is walked over once, so a chain of any length costs its length.
  const walkedBy = new Map<string, number>();
  list.forEach(({ id, parent }, index) => {
    if (parent !== undefined && !listed.has(parent) && !existing.has(parent)) {
      add(index, 'unknown-agency', 'The parent is neither in this list nor in the catalogue.');
    }
    const path: string[] = [];
    let at: string | undefined = id;
    for (; at !== undefined && !walkedBy.has(at); at = parentOf(at)) {
      walkedBy.set(at, index);
      path.push(at);
    }
    if (at === undefined || walkedBy.get(at) !== index) return;
    for (const member of path.slice(path.indexOf(at))) {
      const place = listed.get(member);
      if (place) add(place.index, 'circular-parent', 'The agency would be among its own parents.');
    }
  });
  return faults.sort((a, b) => a.index - b.index);
}

/** Id and parent of the agencies of a body that is at fault otherwise, as far as they are legible. */
export function legibleAgencies(raw: unknown): Pick<AgencyDoc, 'id' | 'parent'>[] {
  return itemsOf(raw, 'agencies').map((item, index) => {
    const id = memberOf(item, 'id');
    const parent = memberOf(item, 'parent');
    return {
      // An unreadable id still holds its place, under a name that no agency can have.
      id: typeof id === 'string' ? id : `\0${index}`,
      parent: typeof parent === 'string' ? parent : undefined,
    };
  });
}

function itemsOf(raw: unknown, list: string): unknown[] {
  const items = memberOf(raw, list);
  return Array.isArray(items) ? items : [];
}

function readWith<T>(
  schema: z.ZodType<T>,
  raw: unknown,
  list: string | undefined,
  faults: Fault[],
): ReadCatalogue<T> {
  const read = schema.safeParse(raw);
  const all = [
    ...(read.success ? [] : faultsOfIssues(raw, 0, read.error.issues)),
    ...textFaults(raw, 0),
    ...faults,
  ];
  if (read.success && all.length === 0) return { ok: true, value: read.data };
  // A fault in a list carries the place of its item, as a fault in a batch of events does.
  const place = (fault: Fault) => (list ? Number(fault.pointer.split('/')[2] ?? 0) || 0 : 0);
  return { ok: false, faults: all.map((fault) => ({ ...fault, index: place(fault) })) };
}

/** Items of a list that repeat the key of an earlier one: which of the two would count? */
function repeated(
  raw: unknown,
  list: string,
  keyOf: (item: (name: string) => unknown) => unknown[],
  member: string,
): Fault[] {
  const seen = new Set<string>();
  return itemsOf(raw, list).flatMap((item, index): Fault[] => {
    if (typeof item !== 'object' || item === null) return [];
    const parts = keyOf((name) => memberOf(item, name));
    // What is not legible is at fault already.
    if (parts.some((part) => part !== null && typeof part !== 'string')) return [];
    const key = JSON.stringify(parts);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const pointer = `/${list}/${index}${member && `/${member}`}`;
    return [{ index, pointer, code: 'duplicate', detail: 'An earlier item of the list is for the same.' }];
  });
}

/** Sessions that end before they begin, or begin before the one above has ended. */
function unsorted(raw: unknown): Fault[] {
  let latest = '';
  return itemsOf(raw, 'sessions').flatMap((session, index): Fault[] => {
    if (!Array.isArray(session)) return [];
    const [from, to] = session as unknown[];
    if (typeof from !== 'string' || typeof to !== 'string') return [];
    // HH:MM sorts as text; what is not HH:MM is at fault already.
    const fault = from >= to || from < latest;
    if (to > latest) latest = to;
    const detail = 'Sessions must be sorted, end after they begin, and not overlap.';
    return fault ? [{ index: 0, pointer: `/sessions/${index}`, code: 'overlap', detail }] : [];
  });
}
