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
export type AgencyKind = (typeof AGENCY_KINDS)[number];

const validity = {
  validFrom: optional(dayField()).meta({ description: 'First day.' }),
  validTo: optional(dayField()).meta({ description: 'Last day, inclusive.' }),
};

export const agencySchema = z.strictObject({
  id: idField(),
  name: name(),
  kind: z.enum(AGENCY_KINDS, { error: `Must be one of ${AGENCY_KINDS.join(', ')}.` }),
  parent: optional(idField()),
  parents: optional(z.array(z.strictObject({ parent: optional(idField()), ...validity }))).meta({
    description:
      'Parents of other times; without `parent` it had none. On a day that none of them covers, `parent` counts.',
  }),
  ...validity,
  successors: optional(z.array(idField())).meta({
    description: 'Who took over; need not be in the catalogue yet. Of several, none gets its dossiers.',
  }),
});
/** An agency as PUT takes and GET gives it. */
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
  const faults = repeated(raw, 'agencies', (item) => [item('id')], 'id');
  itemsOf(raw, 'agencies').forEach((agency, index) => {
    for (const { pointer, detail } of datesAtFault(agency)) {
      faults.push({ index, pointer: `/agencies/${index}${pointer}`, code: 'overlap', detail });
    }
  });
  const read = readWith(agenciesSchema, raw, 'agencies', faults);
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

type Placed = Pick<AgencyDoc, 'id' | 'parent' | 'parents'>;

/** Every parent of an agency, of whatever time, with the member that names it. */
const parentsOf = ({ parent, parents }: Omit<Placed, 'id'>): { at: string; parent: string }[] =>
  [
    { at: 'parent', parent },
    ...(parents ?? []).map((dated, nth) => ({ at: `parents/${nth}/parent`, parent: dated.parent })),
  ].flatMap(({ at, parent: id }) => (id === undefined ? [] : [{ at, parent: id }]));

/**
 * Parents that are neither in the list nor in the catalogue, and circles that the list would close, be it with parents
 * of different times: a period over both would go round in it. To be asked inside the transaction that writes the
 * list, or two lists could close one together.
 */
export function faultsOfParents(
  list: readonly Placed[],
  existing: ReadonlyMap<string, Omit<Placed, 'id'>>,
): Fault[] {
  const listed = new Map(list.map((agency) => [agency.id, agency]));
  const known = (id: string) => listed.get(id) ?? existing.get(id);
  const inCircle = circled([...new Set([...listed.keys(), ...existing.keys()])], (id) =>
    parentsOf(known(id) ?? {}).map(({ parent }) => parent),
  );
  return list.flatMap((agency, index) =>
    parentsOf(agency).flatMap(({ at, parent }): Fault[] => {
      const pointer = `/agencies/${index}/${at}`;
      if (!known(parent)) {
        const detail = 'The parent is neither in this list nor in the catalogue.';
        return [{ index, pointer, code: 'unknown-agency', detail }];
      }
      if (!inCircle.has(agency.id) || !inCircle.has(parent)) return [];
      return [
        { index, pointer, code: 'circular-parent', detail: 'The agency would be among its own parents.' },
      ];
    }),
  );
}

/** What is left once everything is taken away that has nothing above it, and then what has nothing below it. */
function circled(ids: readonly string[], parentsOfId: (id: string) => readonly string[]): Set<string> {
  const left = new Set(ids);
  const up = new Map(ids.map((id) => [id, parentsOfId(id)]));
  const down = new Map<string, string[]>();
  for (const [id, parents] of up) {
    for (const parent of parents) {
      const children = down.get(parent);
      if (children) children.push(id);
      else down.set(parent, [id]);
    }
  }
  // Each agency is taken away once and each link looked at twice, so a chain of any length costs its length.
  const takeAway = (
    towards: ReadonlyMap<string, readonly string[]>,
    back: ReadonlyMap<string, readonly string[]>,
  ): void => {
    const held = new Map(
      ids.map((id) => [id, (towards.get(id) ?? []).filter((other) => left.has(other)).length]),
    );
    const free = ids.filter((id) => left.has(id) && held.get(id) === 0);
    for (const id of free) {
      left.delete(id);
      for (const other of back.get(id) ?? []) {
        const links = (held.get(other) ?? 0) - 1;
        held.set(other, links);
        if (links === 0 && left.has(other)) free.push(other);
      }
    }
  };
  takeAway(up, down);
  takeAway(down, up);
  return left;
}

/** Id and parents of the agencies of a body that is at fault otherwise, as far as they are legible. */
export function legibleAgencies(raw: unknown): Placed[] {
  return itemsOf(raw, 'agencies').map((item, index) => {
    const id = memberOf(item, 'id');
    const parentIn = (place: unknown) => {
      const parent = memberOf(place, 'parent');
      return typeof parent === 'string' ? parent : undefined;
    };
    return {
      // An unreadable id still holds its place, under a name that no agency can have.
      id: typeof id === 'string' ? id : `\0${index}`,
      parent: parentIn(item),
      parents: itemsOf(item, 'parents').map((dated) => ({ parent: parentIn(dated) })),
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

/** Spans of an agency that end before they begin, and parents of whom two are for one day. */
function datesAtFault(agency: unknown): { pointer: string; detail: string }[] {
  // YYYY-MM-DD sorts as text; what is no date is at fault already.
  const edge = (span: unknown, name: string, open: string): string => {
    const day = memberOf(span, name);
    return typeof day === 'string' ? day : open;
  };
  const spanOf = (span: unknown) => ({
    from: edge(span, 'validFrom', '0000'),
    to: edge(span, 'validTo', '9999-99'),
  });
  const backwards = (span: unknown, pointer: string) =>
    spanOf(span).from > spanOf(span).to ? [{ pointer, detail: 'Ends before it begins.' }] : [];
  const parents = itemsOf(agency, 'parents');
  const sorted = parents
    .map((span, nth) => ({ ...spanOf(span), nth }))
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  return [
    ...backwards(agency, '/validTo'),
    ...parents.flatMap((span, nth) => backwards(span, `/parents/${nth}/validTo`)),
    ...sorted.flatMap(({ from, nth }, place) => {
      const before = sorted[place - 1];
      if (!before || from > before.to) return [];
      return [{ pointer: `/parents/${nth}`, detail: `On some day parents/${before.nth} counts as well.` }];
    }),
  ];
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
