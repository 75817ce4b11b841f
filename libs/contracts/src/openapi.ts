import { CHANNELS, FORMULAS, PERIOD_BOUNDS, STATES, TIMELINESS, TREE_MODES } from '#libs/dossier';
import { AGENCY_KINDS } from './catalogue.js';
import { componentsBelow, eventComponent, type JsonObject } from './components.js';
import { EVENT_DOCUMENTS, EVENT_TYPES, typeName } from './events.js';
import { exampleOf } from './examples.js';
import { issuedPaths } from './openapi-issued.js';
import { problemOf, type ProblemKind } from './problem.js';
import { QUARANTINE_REASONS } from './quarantine.js';
import { BATCH_MEDIA_TYPE, EVENT_MEDIA_TYPE, MOST_EVENTS } from './read-body.js';
import { ageingPaths, dossierListParameters } from './openapi-ageing.js';
import { GROUPINGS } from './responses.js';

/** The HTTP interface as OpenAPI 3.1: every endpoint, generated from the schemas the code reads with. */
export function openApi(version: string): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Đúng Hạn',
      version,
      summary: 'Timeliness of Vietnamese administrative procedures',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8080', description: 'npm start' }],
    tags: [
      { name: 'events', description: 'What happens to dossiers, told by the one-stop systems' },
      { name: 'catalogue', description: 'Agencies, procedures, working calendars' },
      { name: 'figures', description: 'Reports, dossiers, live changes' },
      { name: 'operation', description: 'Progress, quarantine, health' },
    ],
    paths: { ...events, ...catalogue, ...figures, ...more, ...files, ...publicFigures, ...operation },
    components: {
      schemas: { ...componentsBelow(SCHEMAS), Event: eventSchema },
      responses: Object.fromEntries(PROBLEMS.map(([kind, what]) => [kind, problemResponse(kind, what)])),
    },
  };
}

const ABOUT = `Times are RFC 3339 instants with an offset, of millisecond resolution (further digits are cut off); civil dates are YYYY-MM-DD in Asia/Ho_Chi_Minh. Years before 1900 and after 9999 are refused. Every refusal is \`application/problem+json\` (RFC 9457) and names every fault at once. Another method on one of these paths is 405, with the ones there are in \`Allow\`.`;

const SCHEMAS = '#/components/schemas/';
const ref = (name: string) => ({ $ref: `${SCHEMAS}${name}` });
const json = (schema: object, example?: unknown) => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
});
const ok = (description: string, schema: object, example?: unknown) => ({
  description,
  content: json(schema, example),
});

const PROBLEMS: [ProblemKind, string][] = [
  ['malformed', 'A fault of form; `errors` names every fault, also those that alone would be a 422'],
  ['bad-request', 'Replayed already; or the body, in `errors`, is not a JSON object'],
  ['not-found', 'There is no such thing'],
  ['conflict', 'It stands against what is there already'],
  ['too-large', `More than 10 MB (10,485,760 bytes) or ${MOST_EVENTS} events`],
  ['unsupported-media-type', 'Another media type, charset or content encoding'],
  ['unacceptable', 'Unknown codes, times in the future, parents in circles; `errors` names every fault'],
  ['unavailable', 'The log or the database cannot be reached; nothing was taken; try again'],
];
function problemResponse(kind: ProblemKind, description: string): JsonObject {
  const errors =
    kind === 'malformed'
      ? [{ index: 0, pointer: '/data/channel', code: 'missing', detail: 'This member is required.' } as const]
      : undefined;
  return {
    description,
    content: { 'application/problem+json': { schema: ref('Problem'), example: problemOf(kind, { errors }) } },
  };
}
/** Refusals of an operation, by status. */
const refusals = (...kinds: ProblemKind[]): JsonObject =>
  Object.fromEntries(
    kinds.map((kind) => [String(problemOf(kind).status), { $ref: `#/components/responses/${kind}` }]),
  );

const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
const query = (name: string, schema: object, description?: string, required = false) => ({
  name,
  in: 'query',
  required,
  schema,
  ...(description === undefined ? {} : { description }),
});
const text = { type: 'string' };
const date = { type: 'string', format: 'date' };
const choice = (values: readonly string[]) => ({ type: 'string', enum: values });
const page = [
  query('cursor', text, 'As `next` of the page before.'),
  query('limit', { type: 'integer', minimum: 1, maximum: 500, default: 50 }),
];
const ofAgency = query('agency', text, 'This agency and every one below it.');

const eventSchema = {
  description: `A CloudEvents 1.0 event in structured JSON. Unknown members of \`data\` are dropped; unknown attributes are accepted if they are strings, numbers or booleans, and ignored; an attribute that is null counts as absent. No text may hold NUL or half of a surrogate pair; nesting is at most 64 deep.`,
  oneOf: [...EVENT_DOCUMENTS.keys()].map((type) => ref(eventComponent(type))),
  discriminator: {
    propertyName: 'type',
    mapping: Object.fromEntries(
      [...EVENT_DOCUMENTS.keys()].map((type) => [typeName(type), ref(eventComponent(type)).$ref]),
    ),
  },
};

const events = {
  '/v1/events': {
    post: {
      tags: ['events'],
      operationId: 'postEvents',
      summary: 'Take one event or a batch',
      description:
        'Taken whole or not at all; answered once the log has it. Of several events with one (source, id) the first to arrive counts.',
      requestBody: {
        required: true,
        content: {
          [EVENT_MEDIA_TYPE]: {
            schema: ref('Event'),
            examples: Object.fromEntries(
              [...EVENT_DOCUMENTS.keys()].map((type) => [type, { value: exampleOf(type) }]),
            ),
          },
          [BATCH_MEDIA_TYPE]: {
            schema: { type: 'array', maxItems: MOST_EVENTS, items: ref('Event') },
            example: [exampleOf('accepted'), exampleOf('resolved')],
          },
        },
      },
      responses: {
        202: ok('The log has every event of the request', ref('Accepted'), { accepted: 1 }),
        ...refusals('malformed', 'too-large', 'unsupported-media-type', 'unacceptable', 'unavailable'),
      },
    },
  },
};

function catalogued(what: string, name: string, example: unknown, description: string, id?: object) {
  return {
    ...(id ? { parameters: [id] } : {}),
    put: {
      tags: ['catalogue'],
      operationId: `put${name}`,
      summary: `Upsert ${what}`,
      description,
      requestBody: { required: true, content: json(ref(name), example) },
      responses: {
        200: ok('Done, whole', ref('Upserted'), { upserted: 1 }),
        ...refusals('malformed', 'too-large', 'unsupported-media-type', 'unacceptable', 'unavailable'),
      },
    },
    get: {
      tags: ['catalogue'],
      operationId: `get${name}`,
      summary: `All of the ${what}, as PUT takes it`,
      responses: { 200: ok('As it stands', ref(name), example), ...(id ? refusals('not-found') : {}) },
    },
  };
}

const WHOLE = 'Whole or not at all; idempotent; each item replaces the one of the same key.';
const catalogue = {
  '/v1/catalogue/agencies': catalogued(
    'agencies',
    'Agencies',
    { agencies: [{ id: 'H13.05', name: 'Sở Công Thương', kind: 'department', parent: 'H13' }] },
    `${WHOLE} Parents, of whatever time, must be in the list or in the catalogue, and form no circle. Reports follow the dates: see \`tree\`.`,
  ),
  '/v1/catalogue/procedures': catalogued(
    'procedures',
    'Procedures',
    {
      procedures: [
        {
          code: '9.010060',
          name: 'Cấp giấy xác nhận tình trạng hôn nhân',
          domain: 'Hộ tịch',
          limits: [{ statutory: { amount: 3, unit: 'working-days' } }],
        },
      ],
    },
    `${WHOLE} Of the limits, one for the channel goes before a general one, then the latest validFrom; limits apply to later acceptances.`,
  ),
  '/v1/catalogue/calendars/{id}': catalogued(
    'calendar',
    'Calendar',
    {
      sessions: [
        ['07:00', '11:00'],
        ['13:00', '17:00'],
      ],
      days: [{ on: '2018-02-14', kind: 'off', reason: 'Tết Nguyên đán', decision: '573/TB-VPCP' }],
    },
    'Monday to Friday are working days, changed by `days`, which are merged by date (`normal` takes one back); `sessions` are replaced; either may be left out. `upserted` counts the days. Moves the deadlines of open dossiers whose limit is ours.',
    inPath('id', '`default` is the one in use.'),
  ),
};

const dossierFilters = [
  query('state', choice(STATES)),
  query('timeliness', choice(TIMELINESS), 'At `asOf`; `in-time` leaves out due soon.'),
  ofAgency,
  query('procedure', text),
  query('channel', choice(CHANNELS)),
];

const period = [
  query('from', date, 'First day; not with `period`.'),
  query('to', date, 'Last day, inclusive; not with `period`.'),
  query(
    'period',
    { type: 'string', pattern: '^(19|20|21)\\d\\d(-(0[1-9]|1[0-2]|Q[1-4]|H[12]|9M))?$' },
    'Instead of two days: 2018, 2018-H1, 2018-9M, 2018-Q1, 2018-01.',
  ),
  query(
    'bounds',
    choice(PERIOD_BOUNDS),
    '`reporting`: a named period runs from the 15th of the month before to the 14th of its last; else by the calendar.',
  ),
];
const treeAndAsOf = [
  query(
    'tree',
    { ...choice(TREE_MODES), default: 'recorded' },
    '`recorded`: agencies below the parent that they had at the end of the period. `current`: restated to the tree of now, in which an agency that has ended counts under its successor; with several successors, or none, it keeps a row of its own.',
  ),
  query(
    'asOf',
    { type: 'string', format: 'date-time' },
    'The figures as the records stood then; default now.',
  ),
];
const cells = [
  ofAgency,
  query('procedure', text),
  query('domain', text),
  query('channel', choice(CHANNELS)),
  query(
    'flat',
    { type: 'boolean', default: false },
    'With by=agency: each agency with its own dossiers alone.',
  ),
];

const figures = {
  '/v1/formulas': {
    get: {
      tags: ['figures'],
      operationId: 'getFormulas',
      summary: 'What each rate means: name, numerator, denominator, version, source',
      responses: { 200: ok('The registry', ref('Formulas')) },
    },
  },
  '/v1/reports/timeliness': {
    get: {
      tags: ['figures'],
      operationId: 'getTimelinessReport',
      summary: 'On-time figures of a period',
      parameters: [
        ...period,
        query(
          'by',
          choice(GROUPINGS),
          'One row for each; without it none. `agency`: the children of `agency`.',
        ),
        ...cells,
        ...treeAndAsOf,
      ],
      responses: { 200: ok('The report', ref('Report')), ...refusals('malformed') },
    },
  },
  '/v1/reports/comparison': {
    get: {
      tags: ['figures'],
      operationId: 'getComparison',
      summary: 'A period beside the one before it and the same one a year before, and a ranking',
      description:
        'Two days that bound a whole month, quarter, half-year, first nine months or year, by the calendar or from the 15th to the 14th, are set against the one before of that kind (nine months: those of the year before); any other span against as many days just before it. All three periods are read at one moment and by one tree, that of the period asked for. Ranked by the lower end of the 95 % Wilson interval of the rate; equal ends share a rank; below 30 in the denominator there is none.',
      parameters: [
        ...period,
        query(
          'by',
          choice(['agency', 'procedure', 'domain', 'channel']),
          'One row for each; without it none. `agency`: the children of `agency`.',
        ),
        ...cells,
        query(
          'kind',
          choice(AGENCY_KINDS),
          'With by=agency: only agencies of this kind have rows and are ranked among themselves; the total is of all.',
        ),
        query('formula', { ...choice(FORMULAS), default: 'a' }, 'The rate that is compared and ranked.'),
        ...treeAndAsOf,
      ],
      responses: { 200: ok('The comparison', ref('Comparison')), ...refusals('malformed') },
    },
  },
  '/v1/reports/form-06a': {
    get: {
      tags: ['figures'],
      operationId: 'getForm06a',
      summary: 'Form II.06a/VPCP/KSTT of a period',
      parameters: [
        ...period,
        query(
          'by',
          choice(['domain', 'agency']),
          'One row for each; default `domain`. `agency`: the children of `agency`.',
        ),
        ofAgency,
        ...treeAndAsOf,
      ],
      responses: { 200: ok('The form', ref('Form06a')), ...refusals('malformed') },
    },
  },
  ...issuedPaths({ ref, json, ok, query, inPath, refusals, period, page }),
  '/v1/dossiers': {
    get: {
      tags: ['figures'],
      operationId: 'getDossiers',
      summary: 'Dossiers, the earliest deadline first',
      description:
        'The list behind any figure of the reports. Without `sort` ordered by (overdueFrom, source, code), bytewise, those without a deadline last; a descending order is the exact reverse. Of a flow every time it happened is an entry, so a dossier resolved twice stands twice. With `asOf` the list behind the figures of that `asOf`, every dossier as it was known and stood then; refused where more than 20,000 (`AS_OF_MOST_CHANGED`) of those known then have changed since.',
      parameters: [...dossierFilters, ...dossierListParameters, ...page],
      responses: { 200: ok('A page', ref('DossierPage')), ...refusals('malformed') },
    },
  },
  '/v1/dossiers/{source}/{code}': {
    parameters: [inPath('source', 'URL-encoded.'), inPath('code', 'URL-encoded.')],
    get: {
      tags: ['figures'],
      operationId: 'getDossier',
      summary: 'One dossier, its events and how its deadline came about',
      responses: { 200: ok('The dossier', ref('DossierDetail')), ...refusals('not-found') },
    },
  },
  ...ageingPaths,
  '/v1/stream': {
    get: {
      tags: ['figures'],
      operationId: 'getStream',
      summary: 'Live changes as server-sent events',
      description:
        'Events `overdue`, `overdue-withdrawn`, `due-soon` and `resolved` carry a Dossier, `totals` a Row of today, at most one a second.',
      parameters: [
        ofAgency,
        {
          name: 'Last-Event-ID',
          in: 'header',
          schema: text,
          description: 'Goes on behind this `id`.',
        },
      ],
      responses: {
        200: { description: 'The stream', content: { 'text/event-stream': { schema: text } } },
        ...refusals('malformed'),
      },
    },
  },
};

const publicFigures = {
  '/v1/public/timeliness': {
    get: {
      tags: ['figures'],
      operationId: 'getPublicTimeliness',
      summary: 'The figures of a month for everybody, small counts suppressed',
      description:
        'May be kept for five minutes and asked again with `If-None-Match`; any site may read it. As a page: `/congkhai?thang=2018-10&donvi=H13`, to be put into another with `&nhung=1`.',
      parameters: [
        query(
          'month',
          { type: 'string', pattern: '^\\d{4}-\\d\\d$' },
          'A calendar month, 2018-10; default the last one that is over.',
        ),
        query('agency', text, 'One row for each of its children; without it for the agencies at the top.'),
        {
          name: 'If-None-Match',
          in: 'header',
          schema: text,
          description: 'The `ETag` of an answer already there.',
        },
      ],
      responses: {
        200: ok('The figures', ref('PublicReport')),
        304: { description: 'They are as they were.' },
        ...refusals('malformed'),
      },
    },
  },
};

const FILE_TYPES = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv',
  pdf: 'application/pdf',
};
const PAGING = ['cursor', 'limit', 'count'];

/** The file of an operation: its own parameters, and how it is to be written. */
function file(
  { operationId, parameters }: { operationId: string; parameters: readonly { name: string }[] },
  summary: string,
  formats: readonly (keyof typeof FILE_TYPES)[],
  more: readonly ProblemKind[] = [],
) {
  const header = (description: string, schema: object = text) => ({ description, schema });
  return {
    get: {
      tags: ['figures'],
      operationId: `${operationId}File`,
      summary,
      description:
        'Sent as it is made, and no longer made when the reader leaves; a transfer that breaks off is no file. CSV is UTF-8 with a byte order mark, CRLF, one row of headings, no total; a text that begins like a formula has an apostrophe before it. XLSX has typed cells and a sheet that says how they were counted.',
      parameters: [
        query('format', choice(formats), undefined, true),
        query('lang', choice(['vi', 'en']), 'Words of the file; default `vi`. The form is Vietnamese.'),
        query(
          'separator',
          choice(['comma', 'semicolon']),
          'For CSV; default `comma`. `semicolon`, with a comma in decimals, is what Excel set to Vietnamese opens.',
        ),
        ...parameters.filter(({ name }) => !PAGING.includes(name)),
      ],
      responses: {
        200: {
          description: 'The file',
          headers: {
            'content-disposition': header('With a name that says what it is and of which period.'),
            'dunghan-as-of': header('Instant of knowledge.', { type: 'string', format: 'date-time' }),
            'dunghan-rows': header('Rows it will have, without head and total.', { type: 'integer' }),
            'dunghan-checksum': header(
              'Of reports: SHA-256 of the cells, the same in every format and language.',
            ),
          },
          content: Object.fromEntries(
            formats.map((format) => [FILE_TYPES[format], { schema: { type: 'string', format: 'binary' } }]),
          ),
        },
        ...refusals('malformed', ...more),
      },
    },
  };
}

const more = {
  '/v1/reports/decision-766': {
    get: {
      ...figures['/v1/reports/form-06a'].get,
      operationId: 'getDecision766',
      summary: 'Inputs of group 2.1 of QĐ 766/QĐ-TTg, and how its ratio differs from rate a',
      responses: { 200: ok('The inputs', ref('Decision766')), ...refusals('malformed') },
    },
  },
};

const files = {
  '/v1/reports/timeliness/export': file(
    figures['/v1/reports/timeliness'].get,
    'On-time figures of a period as a file',
    ['xlsx', 'csv', 'pdf'],
  ),
  '/v1/reports/form-06a/export': file(
    figures['/v1/reports/form-06a'].get,
    'Form II.06a/VPCP/KSTT of a period as a file',
    ['xlsx', 'csv', 'pdf'],
  ),
  '/v1/dossiers/export': file(
    figures['/v1/dossiers'].get,
    'All dossiers that match, as they stood at one instant, as a file',
    ['xlsx', 'csv'],
    ['unavailable'],
  ),
};

const status = { type: 'object', properties: { status: text }, required: ['status'] };
const health = (operationId: string, summary: string) => ({
  get: {
    tags: ['operation'],
    operationId,
    summary,
    responses: { 200: ok('Yes', status, { status: 'ok' }), 503: ok('No', status) },
  },
});

const operation = {
  '/v1/progress': {
    get: {
      tags: ['operation'],
      operationId: 'getProgress',
      summary: 'Whether everything accepted has reached the reports',
      responses: { 200: ok('How far each stage is', ref('Progress')) },
    },
  },
  '/v1/quarantine': {
    get: {
      tags: ['operation'],
      operationId: 'getQuarantine',
      summary: 'What could not be applied, whole, the newest first',
      description: 'A page ends early, with `next`, where its messages are large.',
      parameters: [
        query('reason', choice(QUARANTINE_REASONS)),
        query('source', text, 'Whose messages, where that can be made out.'),
        query('topic', text),
        query('from', date, 'Recorded on this civil day or later.'),
        query('to', date, 'Recorded on this civil day or earlier.'),
        query('replayed', { type: 'boolean' }),
        ...page,
      ],
      responses: { 200: ok('A page', ref('QuarantinePage')), ...refusals('malformed') },
    },
  },
  '/v1/quarantine/replay': {
    post: {
      tags: ['operation'],
      operationId: 'replayAllQuarantined',
      summary: 'Send all that match a filter through the log again, once their cause is mended',
      description:
        'The oldest first; only those not replayed before. Works for some seconds; while `next` is not null, send the same again with it as `cursor`. What fails again is in the quarantine anew and is not taken up by the same replay. Keys that were wrong are mended.',
      requestBody: {
        required: true,
        content: json(ref('ReplayAll'), {
          filter: { reason: 'unknown-agency', source: 'urn:vn:cantho:motcua' },
          reason: 'agency H13.99 added to the catalogue',
        }),
      },
      responses: {
        202: ok('Sent, whole or in part', ref('ReplayProgress')),
        ...refusals('malformed', 'too-large', 'unsupported-media-type'),
      },
    },
  },
  '/v1/quarantine/{id}': {
    parameters: [inPath('id', 'Id of the quarantined event.')],
    get: {
      tags: ['operation'],
      operationId: 'getQuarantined',
      summary: 'One of them',
      responses: { 200: ok('The message', ref('QuarantineItem')), ...refusals('not-found') },
    },
  },
  '/v1/quarantine/{id}/replay': {
    parameters: [inPath('id', 'Id of the quarantined event.')],
    post: {
      tags: ['operation'],
      operationId: 'replayQuarantined',
      summary: 'Send it through the log again, once its cause is mended',
      description:
        'The body may be empty, whatever media type stands over it. A second time is refused, and so is what can never be an event: no value, no text, or too large.',
      requestBody: { required: false, content: json(ref('ReplayOne'), { reason: 'agency H13.99 added' }) },
      responses: {
        202: ok('Sent', ref('QuarantineItem')),
        ...refusals('malformed', 'not-found', 'too-large', 'unsupported-media-type'),
      },
    },
  },
  '/health/live': health('getLive', 'Every loop of this process makes progress'),
  '/health/ready': health('getReady', 'The database answers'),
  '/metrics': {
    get: {
      tags: ['operation'],
      operationId: 'getMetrics',
      summary: 'Metrics for Prometheus',
      responses: { 200: { description: 'Text exposition', content: { 'text/plain': { schema: text } } } },
    },
  },
};

/** Every event type as one self-contained JSON Schema. */
export function eventJsonSchema(): JsonObject {
  const names = [...EVENT_DOCUMENTS.keys()].map(eventComponent);
  const all = componentsBelow('#/$defs/');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:dunghan:schema:event',
    title: 'Event of a dossier',
    description: `One of the ${EVENT_TYPES.length} types. ${eventSchema.description}`,
    oneOf: names.map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(names.map((name) => [name, all[name]])),
  };
}
