import { z } from 'zod';
import {
  agenciesSchema,
  agencySchema,
  calendarSchema,
  proceduresSchema,
  procedureSchema,
} from './catalogue.js';
import { causeBodySchema } from './cause.js';
import { EVENT_DOCUMENTS, type EventType } from './events.js';
import { publicCountSchema, publicRateSchema, publicReportSchema } from './public-figures.js';
import { replayAllSchema, replayOneSchema } from './quarantine.js';
import * as issued from './issued.js';
import * as ageing from './responses-ageing.js';
import * as responses from './responses.js';

/** Schemas under the names that the generated documents give them. */

export const eventComponent = (type: EventType): string =>
  `${type
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Event`;

const named: [string, z.ZodType][] = [
  ...[...EVENT_DOCUMENTS].map(([type, schema]): [string, z.ZodType] => [eventComponent(type), schema]),
  ['Agency', agencySchema],
  ['Agencies', agenciesSchema],
  ['Procedure', procedureSchema],
  ['Procedures', proceduresSchema],
  ['Calendar', calendarSchema],
  ['Accepted', responses.acceptedSchema],
  ['Upserted', responses.upsertedSchema],
  ['Rate', responses.rateSchema],
  ['Row', responses.rowSchema],
  ['Report', responses.reportSchema],
  ['Form06a', responses.form06aSchema],
  ['Restatements', issued.restatementsSchema],
  ['RestatedDossiers', issued.restatedDossiersSchema],
  ['IssueReport', issued.issueRequestSchema],
  ['WithdrawReport', issued.withdrawRequestSchema],
  ['IssuedReport', issued.issuedReportSchema],
  ['ListedReport', issued.listedReportSchema],
  ['IssuedPage', issued.issuedPageSchema],
  ['Verification', issued.verificationSchema],
  ['Comparison', responses.comparisonSchema],
  ['Formulas', responses.formulasSchema],
  ['PublicCount', publicCountSchema],
  ['PublicRate', publicRateSchema],
  ['PublicReport', publicReportSchema],
  ['Ageing', ageing.ageingSchema],
  ['AgeingRow', ageing.ageingRowSchema],
  ['Durations', ageing.durationsSchema],
  ['OverdueCauses', ageing.causeListSchema],
  ['DossierCause', ageing.dossierCauseSchema],
  ['CauseBody', causeBodySchema],
  ['Decision766', responses.decision766Schema],
  ['Dossier', responses.dossierSchema],
  ['DossierPage', responses.dossierPageSchema],
  ['DossierDetail', responses.dossierDetailSchema],
  ['DossierEvent', responses.explainedEventSchema],
  ['Anomaly', responses.anomalySchema],
  ['Deadline', responses.deadlineSchema],
  ['Progress', responses.progressSchema],
  ['Fault', responses.faultSchema],
  ['Problem', responses.problemSchema],
  ['QuarantineItem', responses.quarantineItemSchema],
  ['QuarantinePage', responses.quarantinePageSchema],
  ['ReplayOne', replayOneSchema],
  ['ReplayAll', replayAllSchema],
  ['ReplayProgress', responses.replayProgressSchema],
  ['Announcement', responses.announcementSchema],
];

export type JsonObject = Record<string, unknown>;

/**
 * All of them as JSON Schema 2020-12, with references below `base`. As read, not as parsed: what a
 * sender writes and a reader finds.
 */
export function componentsBelow(base: string): Record<string, JsonObject> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of named) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `${base}${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema as JsonObject]),
  );
}
