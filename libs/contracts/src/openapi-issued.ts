import { CHANNELS, ROW_FIGURES } from '#libs/dossier';
import type { JsonObject } from './components.js';
import type { ProblemKind } from './problem.js';

/** What the paths below are written with; see openapi.ts. */
interface Tools {
  ref: (name: string) => { $ref: string };
  json: (schema: object, example?: unknown) => JsonObject;
  ok: (description: string, schema: object, example?: unknown) => JsonObject;
  query: (name: string, schema: object, description?: string, required?: boolean) => JsonObject;
  inPath: (name: string, description: string) => JsonObject;
  refusals: (...kinds: ProblemKind[]) => JsonObject;
  /** Parameters that name a period. */
  period: JsonObject[];
  page: JsonObject[];
}

/** Paths of restatements and issued reports. */
export function issuedPaths({ ref, json, ok, query, inPath, refusals, period, page }: Tools): JsonObject {
  const text = { type: 'string' };
  const choice = (values: readonly string[]) => ({ type: 'string', enum: values });
  const cursor = page[0]!;
  const between = query(
    'between',
    { type: 'string', examples: ['2026-11-01T00:00:00+07:00,2026-11-22T10:00:00+07:00'] },
    'Two instants of knowledge, the earlier first: A,B; write + as %2B.',
    true,
  );
  const filters = [
    query('agency', text, 'This agency and every one below it.'),
    query('procedure', text),
    query('domain', text),
    query('channel', choice(CHANNELS)),
  ];
  const limit = (most: number) => query('limit', { type: 'integer', minimum: 1, maximum: most, default: 50 });
  const number = inPath('number', 'Such as BC-2018-0001.');
  const figure = choice(ROW_FIGURES.map(({ name }) => name));
  return {
    '/v1/reports/restatements': {
      get: {
        tags: ['figures'],
        operationId: 'getRestatements',
        summary: 'Every figure of a period that is another between two instants of knowledge, and why',
        description:
          '`before` and `after` are those of the timeliness report as of A and B, by the organisation as of B. With `by` its rows; without, each cell of agency, procedure and channel. Ordered by key and figure.',
        parameters: [
          ...period,
          between,
          query('by', choice(['agency', 'procedure', 'channel', 'domain'])),
          ...filters,
          query(
            'dossiers',
            { type: 'integer', minimum: 0, maximum: 50, default: 5 },
            'How many dossiers are shown with each.',
          ),
          cursor,
          limit(200),
        ],
        responses: { 200: ok('A page', ref('Restatements')), ...refusals('malformed') },
      },
    },
    '/v1/reports/restatements/dossiers': {
      get: {
        tags: ['figures'],
        operationId: 'getRestatedDossiers',
        summary: 'All dossiers that changed one figure, with the events that did it',
        description: 'Ordered by (source, code), bytewise. Their differences add up to that of the figure.',
        parameters: [
          ...period,
          between,
          query('figure', figure, undefined, true),
          ...filters,
          query('flat', { type: 'boolean', default: false }, 'The own dossiers of `agency` alone.'),
          cursor,
          limit(500),
        ],
        responses: { 200: ok('A page', ref('RestatedDossiers')), ...refusals('malformed') },
      },
    },
    '/v1/reports/issued': {
      post: {
        tags: ['figures'],
        operationId: 'issueReport',
        summary: 'Freeze a report under a number',
        description:
          'Waits until everything recorded before has reached the figures, so that the report can be verified for good; after ten seconds 503. Figures that do not close are not issued (409). Repeated with the same Idempotency-Key, or without one for the same question with the same `asOf`, it answers 200 with the report that stands.',
        parameters: [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
            description: 'One for each report that is wanted; a retry sends the same again.',
          },
        ],
        requestBody: {
          required: true,
          content: json(ref('IssueReport'), {
            kind: 'timeliness',
            period: '2018-Q1',
            bounds: 'reporting',
            by: 'agency',
            agency: 'H13',
          }),
        },
        responses: {
          200: ok('Issued before', ref('IssuedReport')),
          201: ok('Issued; its address is in `Location`', ref('IssuedReport')),
          ...refusals('malformed', 'conflict', 'too-large', 'unsupported-media-type', 'unavailable'),
        },
      },
      get: {
        tags: ['figures'],
        operationId: 'getIssuedReports',
        summary: 'What was issued, the newest first',
        parameters: [
          query('kind', choice(['timeliness', 'form-06a'])),
          query('agency', text, 'The one that was asked about.'),
          query('year', { type: 'integer' }, 'Of issue.'),
          query('withdrawn', { type: 'boolean' }),
          ...page,
        ],
        responses: { 200: ok('A page', ref('IssuedPage')), ...refusals('malformed') },
      },
    },
    '/v1/reports/issued/{number}': {
      parameters: [number],
      get: {
        tags: ['figures'],
        operationId: 'getIssuedReport',
        summary: 'A report to the letter as it was issued',
        description:
          'The same bytes for good, with their SHA-256 as `ETag`. Of a withdrawn one the header `Dunghan-Withdrawn` says since when.',
        responses: { 200: ok('As issued', ref('IssuedReport')), ...refusals('not-found') },
      },
    },
    '/v1/reports/issued/{number}/verify': {
      parameters: [number],
      get: {
        tags: ['figures'],
        operationId: 'verifyIssuedReport',
        summary: 'Computes an issued report anew, and says what has been restated since',
        description:
          '`recomputed` holds the report against the same knowledge, by agencies, domains and mapping as they were: it must match. `since` says what is known otherwise now, `organisation` what today’s tree and domains would make of it.',
        responses: { 200: ok('What was found', ref('Verification')), ...refusals('not-found') },
      },
    },
    '/v1/reports/issued/{number}/withdraw': {
      parameters: [number],
      post: {
        tags: ['figures'],
        operationId: 'withdrawIssuedReport',
        summary: 'Mark a report as not to be used any more',
        description: 'It is neither changed nor deleted. For the same reason once more: nothing happens.',
        requestBody: {
          required: true,
          content: json(ref('WithdrawReport'), { reason: 'phát hành nhầm kỳ' }),
        },
        responses: {
          200: ok('Withdrawn', ref('ListedReport')),
          ...refusals('malformed', 'not-found', 'conflict', 'unsupported-media-type'),
        },
      },
    },
  };
}
