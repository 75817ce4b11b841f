export {
  AGENCY_KINDS,
  type AgencyDoc,
  type AgencyKind,
  type CalendarDoc,
  type CalendarEdit,
  faultsOfParents,
  legibleAgencies,
  type ProcedureDoc,
  readAgencies,
  readCalendar,
  type ReadCatalogue,
  readProcedures,
} from './catalogue.js';
export { faultsOfCatalogue, faultsOfFuture, type KnownCodes } from './check-event.js';
export {
  EVENT_TYPES,
  type EventType,
  type EventTypeName,
  isOtherVersion,
  memberOf,
  typeName,
} from './events.js';
export { type Fault, FAULT_CODES, type FaultCode } from './faults.js';
export { isId } from './fields.js';
export {
  type Checkable,
  type IncomingEvent,
  parseEvent,
  type ParsedEvent,
  type Reference,
} from './parse-event.js';
export {
  FaultsError,
  kindOfStatus,
  type Problem,
  ProblemError,
  type ProblemKind,
  problemOf,
  titleOf,
} from './problem.js';
export {
  QUARANTINE_REASONS,
  type QuarantineFilter,
  type QuarantineReason,
  readReplayAll,
  readReplayOne,
  type ReplayAll,
} from './quarantine.js';
export { readMessage, type ReadMessage, type WrittenMessage } from './read-message.js';
export {
  BATCH_MEDIA_TYPE,
  EVENT_MEDIA_TYPE,
  LARGEST_BODY_BYTES,
  mediaTypeOf,
  MOST_EVENTS,
  readJson,
} from './read-body.js';
export type { PublicCount, PublicRate, PublicReport, PublicRow } from './public-figures.js';
export { EVENTS_TOPIC, TIMELINESS_TOPIC } from './topics.js';
export {
  ANNOUNCEMENT_KINDS,
  type AnnouncementKind,
  type AnnouncementMessage,
  type SnapshotMessage,
  type TimelinessMessage,
} from './timeliness-messages.js';
export { type FormulaRegistry, readFormulaRegistry } from './formulas.js';
export { type IssueRequest, readIssueRequest, readWithdrawRequest } from './issued.js';
export {
  AWAITED,
  type Awaited,
  DAYS_FROM_DUE,
  type DaysFromDue,
  FLOW_NAMES,
  type FlowName,
  type Stock,
  STOCKS,
  TOOK,
  type Took,
} from './openapi-ageing.js';
export { openApi } from './openapi.js';
export { type CauseBody, readCauseBody } from './cause.js';
