import {
  CHANNELS,
  DUE_BUCKETS,
  EARLY_BUCKETS,
  LATE_BUCKETS,
  LISTED_FIGURES,
  TREE_MODES,
} from '#libs/dossier';
import { AGENCY_KINDS } from './catalogue.js';

/** The part of the interface that is about how old things are, and the lists behind figures. */

const SCHEMAS = '#/components/schemas/';
const json = (name: string) => ({ 'application/json': { schema: { $ref: `${SCHEMAS}${name}` } } });
const ok = (description: string, name: string) => ({ 200: { description, content: json(name) } });
const refusals = (...statuses: [number, string][]) =>
  Object.fromEntries(statuses.map(([status, name]) => [status, { $ref: `#/components/responses/${name}` }]));
const query = (name: string, schema: object, description?: string, required = false) => ({
  name,
  in: 'query',
  required,
  schema,
  ...(description === undefined ? {} : { description }),
});
const text = { type: 'string' };
const date = { type: 'string', format: 'date' };
const instant = { type: 'string', format: 'date-time' };
const choice = (values: readonly string[]) => ({ type: 'string', enum: values });
const tree = query(
  'tree',
  { ...choice(TREE_MODES), default: 'recorded' },
  'Whose dossiers are those of `agency`, as in the timeliness report.',
);
const cells = [
  query('agency', text, 'This agency and every one below it.'),
  query('procedure', text),
  query('domain', text),
  query('channel', choice(CHANNELS)),
  tree,
];

/** What can happen to a dossier in a period: the flows of the timeliness report and their parts. */
export const FLOW_NAMES = [
  'received',
  'reopened',
  'resolved',
  'resolved-early',
  'resolved-on-time',
  'resolved-late',
  'resolved-no-due-date',
  'resolved-by-due-date',
  'resolved-with-due-date',
  'resolved-not-late',
  'closed-otherwise',
  'closed-refused',
  'closed-withdrawn',
  'closed-stopped',
  'refused',
] as const;
export type FlowName = (typeof FLOW_NAMES)[number];

/** What a dossier can stand as at an instant: the stocks of the timeliness report and their parts. */
export const STOCKS = [
  'open',
  'in-time',
  'overdue',
  'paused',
  'paused-in-time',
  'past-due-while-paused',
  'no-due-date',
] as const;
export type Stock = (typeof STOCKS)[number];

/** What a paused dossier waits for; `unknown`: recorded before reasons were kept (`npm run rebuild -- reporting`). */
export const AWAITED = ['supplement', 'fee', 'both', 'unknown'] as const;
export type Awaited = (typeof AWAITED)[number];

/** Buckets of the report on durations: how many working days before or after the due day it was resolved. */
export const DAYS_FROM_DUE = [
  ...EARLY_BUCKETS.map((bucket) => `early-${bucket}` as const),
  ...LATE_BUCKETS.map((bucket) => `late-${bucket}` as const),
] as const;
export type DaysFromDue = (typeof DAYS_FROM_DUE)[number];

/** What resolving it took at least once; `unmeasured`: resolved before this was kept. */
export const TOOK = ['supplement', 'fee', 'extension', 'unmeasured'] as const;
export type Took = (typeof TOOK)[number];

/** What `GET /v1/dossiers` takes beyond state and class. */
export const dossierListParameters = [
  query('domain', text),
  query('flat', { type: 'boolean', default: false }, 'With `agency`: its own dossiers alone.'),
  query(
    'kind',
    choice(AGENCY_KINDS),
    'The children of `agency` that are of this kind (without `agency`: of those at the top), each with every one below it: the sum of those rows of a report by agency.',
  ),
  query(
    'kindBelow',
    choice(AGENCY_KINDS),
    'The agencies of this kind at whatever depth below `agency`, each with every one below it.',
  ),
  tree,
  query(
    'treeOn',
    date,
    'With `tree` recorded and `agency` or a kind: the day whose tree says who is below whom. Default: the last day of the flow, the day of the stock, else today. The list behind a month of a report by month, or behind what a period carried over, takes the last day of the report.',
  ),
  query(
    'flow',
    choice(FLOW_NAMES),
    'What happened from `from` to `to`, as in the timeliness report. Of the rates: `resolved-by-due-date` (early or on time) over `resolved-with-due-date` is rate a; `resolved-not-late` (those without a due date, too) over `resolved` is opencps.',
  ),
  {
    ...query(
      'figures',
      { type: 'array', items: choice(LISTED_FIGURES), minItems: 1, uniqueItems: true },
      'Figures of a line of the timeliness report from `from` to `to`, separated by commas: the list behind their sum, each dossier once for each time that one of them counts it (`countedAs`). No two may hold the same dossiers, as open.total and open.overdue do. `open.pausedInTime`: paused, and not past due. Column 3 of form II.06a is carriedOver,received.total,reopened.',
    ),
    style: 'form',
    explode: false,
  },
  query('from', date, 'With `flow` or `figures`: first day.'),
  query('to', date, 'With `flow` or `figures`: last day, inclusive.'),
  query('stock', choice(STOCKS), 'What stood open at `at`, as in the timeliness report.'),
  query('at', instant, 'With `stock`; default `asOf`.'),
  query('late', choice(LATE_BUCKETS), 'Bucket of the report on ageing: of overdue ones, or paused past due.'),
  query('due', choice(DUE_BUCKETS), 'Bucket of the report on ageing: of those in time.'),
  query('awaiting', choice(AWAITED), 'Of paused ones.'),
  query('pausedFor', choice(LATE_BUCKETS), 'Of paused ones: how long the pause has lasted.'),
  query(
    'daysFromDue',
    choice(DAYS_FROM_DUE),
    'Bucket of the report on durations, in working days: with `flow` resolved, or resolved-early or resolved-late.',
  ),
  query(
    'took',
    choice(TOOK),
    'With `flow` resolved or a part of it: a request for a supplement or a fee, or an extension, at least once, as in the report on durations.',
  ),
  query('cause', text, 'Cause of lateness, or `none`.'),
  query('asOf', instant, 'As the records stood then; default now.'),
  query(
    'sort',
    { ...choice(['due', '-due', 'time', '-time', 'code', '-code']), default: 'due' },
    '`time`: when the flow happened, else when it was accepted; `code`: by source and code.',
  ),
  query('count', { type: 'boolean', default: false }, 'Answers `count`, too.'),
];

const dossierPath = ['source', 'code'].map((name) => ({
  name,
  in: 'path',
  required: true,
  description: 'URL-encoded.',
  schema: text,
}));

export const ageingPaths = {
  '/v1/reports/ageing': {
    get: {
      tags: ['figures'],
      operationId: 'getAgeing',
      summary: 'How old what is open is, in working days',
      description:
        'The stocks of the timeliness report, by age. With `asOf` from what had been recorded by then, dossier by dossier; refused where more than 20,000 (`AS_OF_MOST_CHANGED`) of those known then have changed since.',
      parameters: [
        ...cells,
        query('by', choice(['agency', 'procedure']), 'One row for each; without it none.'),
        query('at', instant, 'When it stood so; default `asOf`.'),
        query('asOf', instant, 'As the records stood then; default now.'),
      ],
      responses: { ...ok('The report', 'Ageing'), ...refusals([400, 'malformed']) },
    },
  },
  '/v1/reports/durations': {
    get: {
      tags: ['figures'],
      operationId: 'getDurations',
      summary: 'How long what was resolved in a period took, and where the time went',
      description: 'With `asOf` as with ageing, and refused likewise.',
      parameters: [
        query('from', date, 'First day.', true),
        query('to', date, 'Last day, inclusive.', true),
        ...cells,
        query('asOf', instant, 'As the records stood then; default now.'),
      ],
      responses: { ...ok('The report', 'Durations'), ...refusals([400, 'malformed']) },
    },
  },
  '/v1/overdue-causes': {
    get: {
      tags: ['figures'],
      operationId: 'getOverdueCauses',
      summary: 'The causes of lateness that a dossier may be given',
      responses: ok('The list', 'OverdueCauses'),
    },
  },
  '/v1/dossiers/{source}/{code}/cause': {
    parameters: dossierPath,
    put: {
      tags: ['figures'],
      operationId: 'putDossierCause',
      summary: 'Say why a dossier is late, or take it back',
      description:
        'Only of a dossier that has missed its due date: overdue, paused past due, or resolved late (else 422); taking back is always possible. Every change is kept with who, when and what stood before, and shown by `GET` of the dossier. Saying the same again adds nothing. There is no free text, so that no personal data gets in.',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: { $ref: `${SCHEMAS}CauseBody` },
            example: { cause: 'other-agency', by: 'motcua:cv-12' },
          },
        },
      },
      responses: {
        ...ok('As it stands now', 'DossierCause'),
        ...refusals([400, 'malformed'], [404, 'not-found'], [422, 'unacceptable']),
      },
    },
  },
};
