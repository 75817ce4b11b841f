import { issuedEntities } from './issued-entities.js';
import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/**
 * Every table, one class each; the migrations are checked against them. Keys that people sort by are
 * collated "C": byte order, whatever the server's locale. Instants are timestamptz with millisecond
 * resolution. Rows that are read and written in bulk go through batched SQL, not through entities.
 */
const KEY = { type: 'text', collation: 'C' } as const;

// ── log: the event log's Postgres adapter, and the outbox ─────────────────────────────────────────

@Entity({ schema: 'log', name: 'head' })
export class LogHead {
  @PrimaryColumn(KEY) topic!: string;
  @PrimaryColumn('int') partition!: number;
  /** Offset of the next message; its row lock makes offsets gapless and in commit order. */
  @Column('bigint') nextOffset!: string;
}

/** Messages appended together, as one row: offsets baseOffset … nextOffset − 1. */
@Entity({ schema: 'log', name: 'batch' })
export class LogBatchRow {
  @PrimaryColumn(KEY) topic!: string;
  @PrimaryColumn('int') partition!: number;
  @PrimaryColumn('bigint') baseOffset!: string;
  @Column('bigint') nextOffset!: string;
  @Column('int') bytes!: number;
  @Column('timestamptz') appendedAt!: Date;
  /** Length-framed messages; see libs/event-log framing. */
  @Column('text') payload!: string;
}

@Entity({ schema: 'log', name: 'consumer_offset' })
export class ConsumerOffset {
  @PrimaryColumn(KEY) consumerGroup!: string;
  @PrimaryColumn(KEY) topic!: string;
  @PrimaryColumn('int') partition!: number;
  /** First offset not yet applied; locked first in every batch's transaction. */
  @Column('bigint') nextOffset!: string;
}

@Entity({ schema: 'log', name: 'consumer_member' })
export class ConsumerMember {
  @PrimaryColumn(KEY) consumerGroup!: string;
  @PrimaryColumn(KEY) topic!: string;
  @PrimaryColumn('uuid') member!: string;
  @Column('timestamptz') seenAt!: Date;
}

// ── catalogue: agencies, procedures, calendars ────────────────────────────────────────────────────

/** One row; its number grows with every change, so a cache knows when to reload. */
@Entity({ schema: 'catalogue', name: 'revision' })
export class CatalogueRevision {
  @PrimaryColumn('int') id!: number;
  @Column('bigint') number!: string;
}

@Entity({ schema: 'catalogue', name: 'agency' })
export class AgencyRow {
  @PrimaryColumn(KEY) id!: string;
  @Column('jsonb') doc!: object;
}

/** Every version is kept: an acceptance goes by what the catalogue said when it arrived. */
@Entity({ schema: 'catalogue', name: 'procedure_version' })
export class ProcedureVersionRow {
  @PrimaryColumn(KEY) code!: string;
  @PrimaryColumn('timestamptz') recordedAt!: Date;
  @Column('jsonb') doc!: object;
}

/** Every version of a calendar is kept: closed dossiers keep the one they closed under. */
@Entity({ schema: 'catalogue', name: 'calendar_version' })
export class CalendarVersionRow {
  @PrimaryColumn(KEY) id!: string;
  @PrimaryColumn('int') version!: number;
  @Column('timestamptz') recordedAt!: Date;
  @Column('jsonb') doc!: object;
}

// ── processing: dossiers and their events ─────────────────────────────────────────────────────────

@Entity({ schema: 'processing', name: 'dossier' })
export class ProcessingDossier {
  @PrimaryColumn(KEY) source!: string;
  @PrimaryColumn(KEY) code!: string;
  /** Partition of the events topic: its offset row is the lock of this row. */
  @Column('int') partition!: number;
  /** Calendar its deadline was computed under, while an edit may still move it; else null. */
  @Column('int', { nullable: true }) movableUnder!: number | null;
  /** Folded state, event ids in order of arrival, timers: see dossier-record.ts. JSON. */
  @Column('text') record!: string;
}

/** Every event once, as it arrived: the history from which everything else can be rebuilt. */
@Entity({ schema: 'processing', name: 'dossier_event' })
export class DossierEvent {
  @PrimaryColumn(KEY) source!: string;
  @PrimaryColumn(KEY) id!: string;
  @Column(KEY) code!: string;
  @Column('timestamptz') recordedAt!: Date;
  @Column('int') calendarVersion!: number;
  /** The catalogue's word at arrival, for acceptances; JSON. */
  @Column('text', { nullable: true }) rule!: string | null;
  /** The event in canonical JSON. */
  @Column('text') body!: string;
}

/** What time alone will bring: deleted by whoever announces or cancels it. */
@Entity({ schema: 'processing', name: 'timer' })
export class Timer {
  /** A deadline that had passed before it became known waits until the log is drained and quiet. */
  @PrimaryColumn('boolean') settling!: boolean;
  @PrimaryColumn('timestamptz') at!: Date;
  @PrimaryColumn(KEY) source!: string;
  @PrimaryColumn(KEY) code!: string;
  @PrimaryColumn(KEY) kind!: string;
  /** First millisecond after the deadline it speaks of. */
  @Column('timestamptz') deadline!: Date;
}

/** What could not be applied, whole. */
@Entity({ schema: 'processing', name: 'quarantine' })
@Index('quarantine_waiting', ['id'], { where: 'replayed_at is null' })
export class QuarantineRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('timestamptz') recordedAt!: Date;
  @Column('text') topic!: string;
  @Column('int') partition!: number;
  @Column('bigint') position!: string;
  /** As far as it is legible; null: there was none. */
  @Column('text', { nullable: true }) key!: string | null;
  /** What it really was, where a text cannot say it. */
  @Column('bytea', { nullable: true }) keyBytes!: Buffer | null;
  /** null: there was none. */
  @Column('bytea', { nullable: true }) value!: Buffer | null;
  /** JSON. In binary mode they are the better part of an event. */
  @Column('text') headers!: string;
  @Column('text') reason!: string;
  @Column('jsonb') errors!: object;
  /** Whose it is, where that can be made out. */
  @Column({ ...KEY, nullable: true }) source!: string | null;
  @Column('timestamptz', { nullable: true }) replayedAt!: Date | null;
  /** In the words of whoever replayed it. */
  @Column('text', { nullable: true }) replayReason!: string | null;
}

/** Progress of moving open deadlines after a calendar edit. */
@Entity({ schema: 'processing', name: 'calendar_move' })
export class CalendarMove {
  @PrimaryColumn('int') version!: number;
  @PrimaryColumn('int') partition!: number;
  @Column('int') total!: number;
  @Column('int') done!: number;
  @Column('boolean') finished!: boolean;
}

/** What is known of a source's sending, by day. */
@Entity({ schema: 'processing', name: 'source_day' })
export class SourceDay {
  @PrimaryColumn(KEY) source!: string;
  @PrimaryColumn('date') day!: string;
  @Column('timestamptz') lastAt!: Date;
  /** Working time, in milliseconds, between two of its events, of all gaps that ended that day the longest. */
  @Column('bigint') longestGapMs!: string;
}

// ── reporting: ledger, counters, dossier list ─────────────────────────────────────────────────────

@Entity({ schema: 'reporting', name: 'dossier' })
@Index('dossier_by_deadline', ['overdueFrom', 'source', 'code'])
// With columns that are read beside the key, which a decorator cannot say: migration StandingAtOnce.
@Index('dossier_open_by_deadline', { synchronize: false })
@Index('dossier_unsteady', { synchronize: false })
@Index('dossier_by_acceptance', { synchronize: false })
@Index('dossier_by_closing', { synchronize: false })
@Index('dossier_running', ['dueSoonFrom', 'overdueFrom', 'agency', 'extended'], {
  where: `state = 'running'`,
})
@Index('dossier_late', ['closedAt', 'source', 'code', 'agency'], { where: `outcome = 'late'` })
@Index('dossier_ended', ['closedAt', 'source', 'code', 'agency'], {
  where: `state in ('refused', 'withdrawn', 'stopped')`,
})
@Index('dossier_recurring', ['source', 'code'], { where: 'recurring' })
export class ReportedDossier {
  @PrimaryColumn(KEY) source!: string;
  @PrimaryColumn(KEY) code!: string;
  @Column({ ...KEY, nullable: true }) agency!: string | null;
  @Column({ ...KEY, nullable: true }) procedure!: string | null;
  @Column('text', { nullable: true }) channel!: string | null;
  @Column('text') state!: string;
  @Column('boolean') open!: boolean;
  /** Outcome of a resolved dossier; null while open, where the class is a matter of the instant. */
  @Column('text', { nullable: true }) outcome!: string | null;
  @Column('timestamptz', { nullable: true }) dueSoonFrom!: Date | null;
  @Column('timestamptz', { nullable: true }) overdueFrom!: Date | null;
  /** Its deadline has been put off at least once. */
  @Column('boolean', { default: false }) extended!: boolean;
  @Column('timestamptz') recordedAt!: Date;
  /** Folded state, JSON; classes and ledger entries follow from it. */
  @Column('text') doc!: string;
  @Column('timestamptz', { nullable: true }) acceptedAt!: Date | null;
  /** When it was closed, or refused before acceptance; null while open. */
  @Column('timestamptz', { nullable: true }) closedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) pausedSince!: Date | null;
  /** What is outstanding while paused: 1 supplement, 2 fee, 3 both. */
  @Column('smallint', { default: 0 }) awaiting!: number;
  /** Its clock has run under one deadline all the time, so the columns tell its class at any instant. */
  @Column('boolean', { default: false }) steady!: boolean;
  /** Reopened, or accepted after a refusal: the columns tell the last closing, the document every one. */
  @Column('boolean', { default: true }) recurring!: boolean;
  /** Of its resolution (libs/dossier `Spent`); null: not resolved, or recorded before they were kept. */
  @Column('int', { nullable: true }) daysFromDue!: number | null;
  @Column('bigint', { nullable: true }) ownMs!: string | null;
  @Column('bigint', { nullable: true }) waitingMs!: string | null;
  @Column('int', { nullable: true }) supplementCount!: number | null;
  @Column('bigint', { nullable: true }) supplementMs!: string | null;
  @Column('int', { nullable: true }) feeCount!: number | null;
  @Column('bigint', { nullable: true }) feeMs!: string | null;
  @Column('int', { nullable: true }) extensionCount!: number | null;
}

/** Why a dossier is or was late, as officials told it: append-only, the newest counts. */
@Entity({ schema: 'reporting', name: 'cause_entry' })
@Index('cause_entry_of_dossier', ['source', 'code', 'id'])
export class CauseEntry {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column(KEY) source!: string;
  @Column(KEY) code!: string;
  @Column('timestamptz') recordedAt!: Date;
  @Column('text', { nullable: true }) before!: string | null;
  /** Code of data/overdue-causes.json; null: taken back. */
  @Column('text', { nullable: true }) cause!: string | null;
  /** Account or role in the calling system. */
  @Column('text') by!: string;
}

/** Differences of the ledger, append-only: what became known when. */
@Entity({ schema: 'reporting', name: 'ledger' })
export class LedgerRow {
  @PrimaryColumn('timestamptz') recordedAt!: Date;
  @PrimaryColumn(KEY) source!: string;
  @PrimaryColumn(KEY) code!: string;
  @PrimaryColumn(KEY) agency!: string;
  @PrimaryColumn(KEY) procedure!: string;
  @PrimaryColumn('text') channel!: string;
  /** Packed entries: see apps/reporting ledger-entries. */
  @Column('bigint', { array: true }) entries!: string[];
}

/**
 * The ledger summed up. A cell is (agency, procedure, channel); roll-ups have '' for "all": (agency,
 * '', ''), ('', procedure, channel), ('', '', channel). Units: d day, m month, y year (roll-ups only),
 * i instant (only changes that lay ahead when recorded and fall inside a day, so that a figure can be
 * cut at the very millisecond).
 */
@Entity({ schema: 'reporting', name: 'counter' })
@Index('counter_of_all_agencies', ['unit', 'startsAt'], { where: `agency = ''` })
export class CounterRow {
  @PrimaryColumn(KEY) unit!: string;
  @PrimaryColumn(KEY) agency!: string;
  @PrimaryColumn(KEY) procedure!: string;
  @PrimaryColumn(KEY) channel!: string;
  @PrimaryColumn('timestamptz') startsAt!: Date;
  @Column('int') receivedCounter!: number;
  @Column('int') receivedOnline!: number;
  @Column('int') receivedPost!: number;
  @Column('int') reopened!: number;
  @Column('int') resolvedEarly!: number;
  @Column('int') resolvedOnTime!: number;
  @Column('int') resolvedLate!: number;
  @Column('int') resolvedNoDueDate!: number;
  @Column('int') closedRefused!: number;
  @Column('int') closedWithdrawn!: number;
  @Column('int') closedStopped!: number;
  @Column('int') refused!: number;
  @Column('int') inTime!: number;
  @Column('int') overdue!: number;
  @Column('int') paused!: number;
  @Column('int') pausedPastDue!: number;
  @Column('int') noDueDate!: number;
}

/** Ledger differences that the counters do not hold yet, a row per batch of the log. */
@Entity({ schema: 'reporting', name: 'uncounted' })
export class UncountedRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  /** JSON: see apps/reporting counting. */
  @Column('text') changes!: string;
}

/** How often the counters have been brought up to date: what was read under one number fits together. */
@Entity({ schema: 'reporting', name: 'counting' })
export class CountingRow {
  @PrimaryColumn('int') id!: number;
  @Column('bigint') generation!: string;
  /** How many of the countings have left what they counted in `past_pending`; old copies of reporting do not. */
  @Column('bigint', { default: 0 }) kept!: string;
}

// ── reporting: what was known when (docs/decisions/016) ───────────────────────────────────────────

/** Ledger differences that are counted but in no epoch yet, as they stood in `uncounted`. */
@Entity({ schema: 'reporting', name: 'past_pending' })
export class PastPendingRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('text') changes!: string;
}

/** Some five thousand ledger differences, one after the other in the order of counting. */
@Entity({ schema: 'reporting', name: 'past_epoch' })
export class PastEpochRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) number!: string;
  /** Instants of recording of the first and the last of them. */
  @Column('timestamptz') earliest!: Date;
  @Column('timestamptz') latest!: Date;
  /** The differences by instant of recording, packed: see apps/reporting past-differences. */
  @Column('bytea') changes!: Buffer;
}

/**
 * What an epoch adds to the counters of one kind over one page of effective time: unit y years, all of them on one
 * page; m the months of a year; d the days, i the instants of a month. Whole pages hold all epochs up to theirs.
 */
@Entity({ schema: 'reporting', name: 'past_page' })
export class PastPageRow {
  /** agencies, procedures, channels (as the roll-ups of `counter`), or cells of some agencies. */
  @PrimaryColumn(KEY) kind!: string;
  @PrimaryColumn(KEY) unit!: string;
  @PrimaryColumn('timestamptz') startsAt!: Date;
  @PrimaryColumn('bigint') epoch!: string;
  /** The last whole page up to this one: what is to be read begins there. */
  @Column('bigint') wholeSince!: string;
  /** Bytes of the pages behind that one. */
  @Column('int') bytesSince!: number;
  /** Packed: see apps/reporting past-page. */
  @Column('bytea') counts!: Buffer;
}

/** Numbers of agencies, procedures and channels in the keys of pages. */
@Entity({ schema: 'reporting', name: 'past_name' })
export class PastName {
  @PrimaryColumn(KEY) name!: string;
  @Column('int') id!: number;
}

/** Whether epochs and what is pending hold the whole ledger: they do if `unkept` countings did not keep anything. */
@Entity({ schema: 'reporting', name: 'past' })
export class PastRow {
  @PrimaryColumn('int') id!: number;
  @Column('bigint') unkept!: string;
}

/** What the live stream has sent, so that a reader can resume. */
@Entity({ schema: 'reporting', name: 'live_event' })
export class LiveEvent {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('timestamptz') at!: Date;
  @Column('text') kind!: string;
  @Column(KEY) source!: string;
  @Column(KEY) code!: string;
}

export const entities = [
  LogHead,
  LogBatchRow,
  ConsumerOffset,
  ConsumerMember,
  CatalogueRevision,
  AgencyRow,
  ProcedureVersionRow,
  CalendarVersionRow,
  ProcessingDossier,
  DossierEvent,
  Timer,
  QuarantineRow,
  CalendarMove,
  SourceDay,
  ReportedDossier,
  CauseEntry,
  LedgerRow,
  CounterRow,
  UncountedRow,
  CountingRow,
  PastPendingRow,
  PastEpochRow,
  PastPageRow,
  PastName,
  PastRow,
  LiveEvent,
  ...issuedEntities,
];
