import {
  ANOMALIES,
  CHANNELS,
  type ComparedChange,
  type ComparedFigures,
  DECISION_766_INPUTS,
  type Decision766,
  type DossierView,
  FORM_06A_CHOICES,
  type Form06aRow,
  FORMULAS,
  LIMIT_UNITS,
  LISTED_FIGURES,
  PAUSE_POLICIES,
  PERIOD_BOUNDS,
  PERIOD_KINDS,
  type Rate,
  type ReportRow,
  SMALL_BELOW,
  STATES,
  TIMELINESS,
  TREE_MODES,
} from '#libs/dossier';
import { z } from 'zod';
import { AGENCY_KINDS } from './catalogue.js';
import { FAULT_CODES } from './faults.js';
import { QUARANTINE_REASONS } from './quarantine.js';
import { dossierCauseSchema } from './responses-ageing.js';

/** What the system answers (contract.md §6), declared for the generated documents and their readers. */

const count = () => z.int().min(0);
const instant = () => z.string().meta({ format: 'date-time', examples: ['2026-11-22T10:00:00.000+07:00'] });
const day = () => z.string().meta({ format: 'date', examples: ['2018-03-12'] });
const inWords = { vi: z.string(), en: z.string() };

export const rateSchema = z.object({
  percent: z.number().min(0).max(100).nullable().meta({
    description: 'Two decimals, half up; never 100 below 100 %; null for a zero denominator.',
  }),
  numerator: count(),
  denominator: count(),
  small: z
    .boolean()
    .meta({ description: `The denominator is below ${SMALL_BELOW}: one dossier moves it much.` }),
}) satisfies z.ZodType<Rate>;

export const rowSchema = z
  .object({
    carriedOver: count().meta({ description: 'Open at the beginning of the period.' }),
    received: z.object({ total: count(), counter: count(), online: count(), post: count() }),
    reopened: count(),
    resolved: z.object({
      total: count(),
      early: count(),
      onTime: count(),
      late: count(),
      noDueDate: count(),
    }),
    closedOtherwise: z.object({ total: count(), refused: count(), withdrawn: count(), stopped: count() }),
    open: z
      .object({
        total: count(),
        inTime: count().meta({ description: 'Includes due soon.' }),
        overdue: count(),
        paused: count().meta({ description: 'Includes pausedPastDue.' }),
        pausedPastDue: count(),
        noDueDate: count(),
      })
      .meta({ description: 'At the last millisecond of the period or now, whichever is earlier.' }),
    refused: count().meta({ description: 'Refused before acceptance.' }),
    rates: z.object({
      a: rateSchema.meta({ description: '(early + onTime) / (early + onTime + late)' }),
      b: rateSchema.meta({ description: '(early + onTime) / (carriedOver + received + reopened)' }),
      c: rateSchema.meta({
        description:
          '(early + onTime + inTime + paused − pausedPastDue) / (resolved + open, both without noDueDate)',
      }),
      opencps: rateSchema.meta({
        description:
          'As OpenCPS reports it, to set old reports beside: (early + onTime + noDueDate) / resolved, the percent cut to a whole number, 100 for a zero denominator.',
      }),
    }),
  })
  .meta({
    description:
      'carriedOver + received + reopened = resolved + closedOtherwise + open; resolved = early + onTime + late + noDueDate; open = inTime + overdue + paused + noDueDate.',
  }) satisfies z.ZodType<ReportRow>;

export const GROUPINGS = ['agency', 'procedure', 'domain', 'channel', 'month'] as const;

const periodName = z
  .object({ name: z.string().meta({ examples: ['2018-Q1'] }), bounds: z.enum(PERIOD_BOUNDS) })
  .nullable()
  .meta({ description: 'The name that the period was asked for by; `from` and `to` are its bounds.' });

const organisation = {
  tree: z.enum(TREE_MODES),
  notes: z
    .array(
      z.object({
        kind: z.enum(['organisation-change', 'not-restated', 'calendar-change']).meta({
          description:
            '`organisation-change`: the period holds days before and after it. `not-restated`: ended with several successors or none, so its dossiers count under none of them. `calendar-change`: the working calendar was edited on that day.',
        }),
        on: day().meta({ description: 'First day on which it is otherwise.' }),
        agencies: z.array(z.string()),
        ...inWords,
      }),
    )
    .meta({
      description:
        'What a reader must know of the organisation and the working calendar to read the figures.',
    }),
};

export const reportSchema = z.object({
  period: periodName,
  from: day(),
  to: day(),
  asOf: instant(),
  by: z.enum(GROUPINGS).nullable(),
  ...organisation,
  total: rowSchema,
  rows: z.array(rowSchema.extend({ key: z.string(), name: z.string() })),
  identities: z.object({
    violations: z.array(z.string()).meta({ description: 'Empty as long as the figures close.' }),
  }),
});

const formRow = z.object({
  received: z.object({ total: count(), online: count(), direct: count(), carriedOver: count() }),
  resolved: z.object({ total: count(), early: count(), onTime: count(), late: count() }),
  open: z.object({ total: count(), inTime: count(), overdue: count() }),
}) satisfies z.ZodType<Form06aRow>;

export const form06aSchema = z
  .object({
    form: z.literal('II.06a/VPCP/KSTT'),
    unit: z.literal('hồ sơ'),
    period: periodName,
    from: day(),
    to: day(),
    asOf: instant(),
    by: z.enum(['domain', 'agency']),
    ...organisation,
    mapping: z
      .object(
        Object.fromEntries(
          Object.entries(FORM_06A_CHOICES).map(([figure, choices]) => [figure, z.enum(choices)]),
        ),
      )
      .meta({ description: 'Which column takes what the form has none for (FORM_06A_MAPPING).' }),
    columns: z.array(
      z.object({
        number: z.int(),
        title: z.string(),
        group: z.enum(['received', 'resolved', 'open']),
        name: z.string(),
        is: z
          .string()
          .nullable()
          .meta({ description: 'Sum of which columns.', examples: ['4+5+6'] }),
        figures: z.array(z.enum(LISTED_FIGURES)).optional().meta({
          description:
            'Figures of the timeliness report that it adds up, as `figures` of /v1/dossiers takes them for the list behind it. Absent from reports issued before they were told.',
        }),
      }),
    ),
    total: formRow,
    rows: z.array(formRow.extend({ key: z.string(), name: z.string() })),
    identities: z.object({
      violations: z.array(z.string()).meta({ description: 'Empty as long as the form closes.' }),
    }),
  })
  .meta({
    description: '3 = 4 + 5 + 6; 7 = 8 + 9 + 10; 11 = 12 + 13; 3 = 7 + 11; each column the sum of its rows.',
  });

export const formulasSchema = z.object({
  formulas: z.array(
    z.object({
      id: z.enum(FORMULAS),
      version: z.int().min(1),
      decimals: z.int().min(0).max(2).meta({ description: 'Of its percent.' }),
      name: z.object(inWords),
      numerator: z.object(inWords),
      denominator: z.object(inWords),
      terms: z
        .object({ numerator: z.array(z.string()), denominator: z.array(z.string()) })
        .meta({ description: 'The same as members of a Row, each with its sign.' }),
      source: z.object(inWords),
      notes: z.object(inWords),
    }),
  ),
});

const change = { received: z.int(), resolved: z.int(), late: z.int(), openOverdue: z.int() };
const comparedFigures = z.object({
  rate: rateSchema,
  interval: z
    .object({ low: z.number().min(0).max(100), high: z.number().min(0).max(100) })
    .nullable()
    .meta({ description: '95 % Wilson score interval in percent; null for a zero denominator.' }),
  received: count(),
  resolved: count(),
  late: count().meta({ description: 'Resolved late in the period.' }),
  openOverdue: count().meta({ description: 'Open and overdue at its end or now, whichever is earlier.' }),
}) satisfies z.ZodType<ComparedFigures>;
const comparedChange = z
  .object({
    points: z.number().nullable().meta({ description: 'Percentage points between the printed percents.' }),
    ...change,
  })
  .meta({ description: 'This period less the other.' }) satisfies z.ZodType<ComparedChange>;
const comparedRow = z.object({
  current: comparedFigures,
  previous: comparedFigures,
  lastYear: comparedFigures,
  change: z.object({ previous: comparedChange, lastYear: comparedChange }),
});
const comparedPeriod = z.object({
  from: day(),
  to: day(),
  complete: z.boolean().meta({ description: 'It is over; else its figures still grow.' }),
});

export const comparisonSchema = z.object({
  period: periodName,
  from: day(),
  to: day(),
  asOf: instant(),
  by: z.enum(['agency', 'procedure', 'domain', 'channel']).nullable(),
  kind: z.enum(AGENCY_KINDS).nullable().meta({ description: 'Only agencies of this kind have rows.' }),
  ...organisation,
  formula: z.object({ id: z.enum(FORMULAS), version: z.int().min(1) }),
  target: z.number().meta({ description: 'Percent on time that is owed (ONTIME_TARGET_PERCENT).' }),
  periodKind: z.enum(PERIOD_KINDS),
  periods: z.object({ current: comparedPeriod, previous: comparedPeriod, lastYear: comparedPeriod }),
  ranking: z.object({
    by: z.literal('wilson-lower-bound'),
    confidencePercent: z.literal(95),
    smallBelow: z.literal(SMALL_BELOW),
    ranked: count(),
    unranked: count(),
  }),
  total: comparedRow,
  rows: z
    .array(
      comparedRow.extend({
        key: z.string(),
        name: z.string(),
        rank: z.int().min(1).nullable(),
        previousRank: z.int().min(1).nullable(),
        movement: z.int().nullable().meta({ description: 'Places gained since the previous period.' }),
        unranked: z.enum(['none', 'small']).nullable().meta({
          description: 'Why it has no rank: nothing to take a rate of, or a denominator that is too small.',
        }),
      }),
    )
    .meta({ description: 'The ranked ones by rank, then the others by key.' }),
  identities: z.object({
    violations: z
      .array(z.string())
      .meta({ description: 'Empty as long as the figures of all three periods close.' }),
  }),
});

const countedIn = () => z.enum(['both', 'denominator', 'none']);
const decision766 = z.object({
  inputs: z.array(
    z.object({
      name: z.enum(DECISION_766_INPUTS.map(([name]) => name)),
      count: count(),
      decision: countedIn().meta({ description: 'Where it counts in the ratio of group 2.1.' }),
      rateA: countedIn().meta({ description: 'Where it counts in rate a.' }),
    }),
  ),
  ratio: rateSchema.meta({ description: 'Rate c.' }),
  points: z.number().min(0).max(20).nullable().meta({ description: '20 × ratio, two decimals half up.' }),
  rateA: rateSchema,
  difference: z
    .int()
    .nullable()
    .meta({ description: 'Hundredths of a percent point by which the ratio is above rate a.' }),
}) satisfies z.ZodType<Decision766>;

export const decision766Schema = z.object({
  indicator: z.literal('QĐ 766/QĐ-TTg, 2.1'),
  period: form06aSchema.shape.period,
  from: day(),
  to: day(),
  asOf: instant(),
  by: z.enum(['domain', 'agency']),
  total: decision766,
  rows: z.array(decision766.extend({ key: z.string(), name: z.string() })),
  differences: z
    .array(z.object({ code: z.string(), vi: z.string(), en: z.string() }))
    .meta({ description: "Where this counting is not the decision's." }),
  identities: z.object({ violations: z.array(z.string()) }),
});

const dossierView = z.object({
  procedure: z.string().nullable(),
  receivingAgency: z.string().nullable(),
  resolvingAgency: z.string().nullable(),
  channel: z.enum(CHANNELS).nullable(),
  state: z.enum(STATES),
  timeliness: z.enum(TIMELINESS).nullable(),
  submittedAt: instant().nullable(),
  acceptedAt: instant().nullable(),
  dueOn: day().nullable().meta({ description: 'Civil day of the deadline now in force.' }),
  dueAt: instant().nullable().meta({ description: 'For limits in working hours only.' }),
  dueSource: z.enum(['source', 'event', 'catalogue', 'none']).nullable(),
  dueComputedOn: day().nullable(),
  dueMismatch: z.boolean(),
  overdueFrom: instant().nullable().meta({ description: 'First millisecond after the deadline.' }),
  pausedSince: instant().nullable(),
  pastDueWhilePaused: z.boolean(),
  resolvedAt: instant().nullable(),
  returnedAt: instant().nullable(),
  extensionCount: count(),
  supplementCount: count(),
  score: z.int().min(1).max(5).nullable(),
}) satisfies z.ZodType<DossierView>;

export const dossierSchema = dossierView.extend({
  source: z.string(),
  code: z.string(),
  domain: z.string().nullable(),
});

const eventContent = { type: z.string(), time: instant(), data: z.record(z.string(), z.unknown()) };

export const explainedEventSchema = z.object({
  ...eventContent,
  ...inWords,
  id: z.string(),
  sequence: count(),
  recordedAt: instant().meta({ description: 'When it reached us.' }),
  status: z.enum(['in-force', 'corrected', 'retracted', 'superseded', 'waiting', 'no-effect']),
  by: z
    .string()
    .nullable()
    .meta({ description: 'Id of the event that corrected, retracted or superseded it.' }),
  effect: z.string().nullable().meta({ description: 'What it did, or why it did nothing.' }),
  inForce: z
    .object(eventContent)
    .nullable()
    .meta({ description: 'The content in force, of a corrected event.' }),
});

export const anomalySchema = z.object({
  event: z.string().meta({ description: 'Id of the event that did not fit and changed nothing.' }),
  type: z.string(),
  code: z.enum(ANOMALIES),
  detail: z.string(),
  vi: z.string(),
});

const limit = z.object({ amount: z.number(), unit: z.enum(LIMIT_UNITS) });
const dayLine = z.object({
  ...inWords,
  on: day(),
  until: day().meta({ description: 'Last day of the run; the same as `on` for a single day.' }),
  counts: z.boolean(),
  number: count().nullable(),
  hours: z.number().nullable(),
  kind: z.enum(['weekday', 'weekend', 'off', 'work']),
  reason: z.string().nullable(),
  decision: z.string().nullable(),
});

export const deadlineSchema = z
  .object({
    dueSource: z.enum(['source', 'event', 'catalogue', 'none']),
    limit: limit.nullable(),
    limitFrom: z.enum(['event', 'committed', 'statutory']).nullable(),
    pausePolicy: z.enum(PAUSE_POLICIES),
    calendarVersion: count(),
    dueOn: day().nullable(),
    dueAt: instant().nullable(),
    dueSoonFrom: instant().nullable(),
    overdueFrom: instant().nullable(),
    steps: z.array(
      z.object({
        ...inWords,
        kind: z.enum(['set', 'computed', 'paused', 'resumed', 'extended', 'reopened', 'closed', 'in-force']),
        event: z.string().nullable(),
        at: instant().nullable(),
        law: z.array(z.string()),
        calendarVersion: count(),
        dueOn: day().nullable(),
        dueAt: instant().nullable(),
        pause: z.object({ from: z.string(), until: z.string(), movedBy: limit.nullable() }).nullable(),
        days: z.array(dayLine),
        omittedDays: count(),
      }),
    ),
  })
  .meta({ description: 'How the deadline came about, day by day.' });

export const dossierDetailSchema = dossierSchema.extend({
  events: z.array(explainedEventSchema).meta({
    description: 'Every event once, retracted ones and corrections included.',
  }),
  deadline: deadlineSchema.nullable(),
  anomalies: z.array(anomalySchema),
  overdueCause: dossierCauseSchema,
});

export const dossierPageSchema = z.object({
  items: z.array(
    dossierSchema.extend({
      happenedAt: instant()
        .optional()
        .meta({ description: 'When it happened: with `flow`, and with `figures` of what is a flow.' }),
      countedAs: z
        .enum(['carriedOver', 'received', 'reopened', 'resolved', 'closedOtherwise', 'open', 'refused'])
        .optional()
        .meta({ description: 'With `figures`: which part of the line counts it here.' }),
      then: z
        .object({ overdueFrom: instant().nullable(), pausedSince: instant().nullable() })
        .optional()
        .meta({
          description:
            'The deadline and the pause as they stood: with `stock` at `at`, with `figures` at the end of the period, or before it where it is carried over.',
        }),
    }),
  ),
  next: z.string().nullable(),
  count: count().optional().meta({ description: 'With `count=true`: entries of the whole list.' }),
});

export const progressSchema = z.object({
  caughtUp: z.boolean().meta({
    description:
      'Every accepted event has reached the reports and everything that has come due is announced.',
  }),
  stages: z.array(
    z.object({
      name: z.string(),
      partition: count(),
      head: count(),
      applied: count(),
      lag: count(),
      oldestUnappliedAgeSeconds: z.number().min(0),
    }),
  ),
});

export const faultSchema = z.object({
  index: count().meta({ description: 'Place in the batch; 0 for a single item.' }),
  pointer: z.string().meta({ format: 'json-pointer', examples: ['/data/channel'] }),
  code: z.enum(FAULT_CODES),
  detail: z.string(),
});

export const problemSchema = z
  .object({
    type: z.string().meta({ examples: ['urn:dunghan:problem:malformed'], description: 'Stable.' }),
    title: z.string().meta({ description: 'English, or Vietnamese if Accept-Language asks for it.' }),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    errors: z.array(faultSchema).optional().meta({ description: 'Every fault of every item.' }),
  })
  .meta({ description: 'RFC 9457.' });

export const quarantineItemSchema = z.object({
  id: count(),
  recordedAt: instant(),
  reason: z.enum(QUARANTINE_REASONS),
  errors: z.array(faultSchema),
  origin: z.object({ topic: z.string(), partition: count(), offset: count() }),
  source: z.string().nullable().meta({ description: 'Whose it is, where that can be made out.' }),
  key: z.string().nullable().meta({ description: 'As far as it is text; null: the message had none.' }),
  headers: z.record(z.string(), z.string()).meta({
    description: 'In binary mode they hold the attributes of the event.',
  }),
  event: z.unknown().meta({ description: 'The value, whole; null where it is not JSON.' }),
  text: z.string().nullable().meta({ description: 'The value where it is text, but not JSON.' }),
  base64: z.string().nullable().meta({ description: 'The value where it is not even text.' }),
  replayedAt: instant().nullable(),
  replayReason: z.string().nullable().meta({ description: 'Why, in the words of whoever replayed it.' }),
});

export const quarantinePageSchema = z.object({
  items: z.array(quarantineItemSchema),
  next: z.string().nullable(),
  counts: z
    .partialRecord(z.enum(QUARANTINE_REASONS), count())
    .optional()
    .meta({ description: 'On the first page: how many match the filter, by reason.' }),
});

export const replayProgressSchema = z.object({
  replayed: count(),
  unfit: count().meta({
    description: 'Left where they are: no value, no text, or too large; no mending can make them events.',
  }),
  remaining: count().meta({ description: 'Match the filter and are still to be looked at.' }),
  next: z.string().nullable().meta({ description: '`cursor` of the next request; null: done.' }),
});

export const acceptedSchema = z.object({
  accepted: count().meta({ description: 'Events in the request, duplicates included.' }),
});
export const upsertedSchema = z.object({ upserted: count().meta({ description: 'Items in the request.' }) });

export const announcementSchema = z.object({
  kind: z.enum(['due-soon', 'overdue', 'overdue-withdrawn']),
  source: z.string(),
  code: z.string(),
  deadline: z
    .int()
    .meta({ description: 'First millisecond after the deadline, in ms since 1970-01-01T00:00:00Z.' }),
  announcedAt: z.int().meta({ description: 'In ms since 1970-01-01T00:00:00Z.' }),
});
