import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Reports as they were issued. Rows of what was issued are only ever added: triggers refuse everything else. */
const KEY = { type: 'text', collation: 'C' } as const;

/** Numbers run through a year without a gap: the row is locked until the report that takes one is in. */
@Entity({ schema: 'issued', name: 'year' })
export class IssuedYear {
  @PrimaryColumn('int') year!: number;
  @Column('int') lastNumber!: number;
}

/** Agencies and procedures as a report saw them; many reports share one. */
@Entity({ schema: 'issued', name: 'catalogue' })
export class IssuedCatalogue {
  /** SHA-256 of the document. */
  @PrimaryColumn(KEY) checksum!: string;
  @Column('text') document!: string;
}

@Entity({ schema: 'issued', name: 'report' })
@Index('report_number', ['number'], { unique: true })
@Index('report_idempotency_key', ['idempotencyKey'], { unique: true, where: 'idempotency_key IS NOT NULL' })
@Index('report_request', ['request'], { where: 'as_of_given' })
export class IssuedReportRow {
  @PrimaryColumn('int') year!: number;
  @PrimaryColumn('int') sequence!: number;
  @Column(KEY) number!: string;
  @Column('text') kind!: string;
  @Column('timestamptz') issuedAt!: Date;
  @Column('timestamptz') asOf!: Date;
  @Column({ ...KEY, nullable: true }) agency!: string | null;
  /** SHA-256 of what was asked for, to know the same request again. */
  @Column(KEY) request!: string;
  /** Whether it was asked for as of an instant; else each request is another report. */
  @Column('boolean') asOfGiven!: boolean;
  @Column({ ...KEY, nullable: true }) idempotencyKey!: string | null;
  @Column(KEY) catalogue!: string;
  /** The document without the report in it, JSON: for lists. */
  @Column('text') summary!: string;
  /** As issued, to the byte. */
  @Column('text') document!: string;
}

/** A report that must not be used any more, and why. */
@Entity({ schema: 'issued', name: 'withdrawal' })
export class IssuedWithdrawal {
  @PrimaryColumn(KEY) number!: string;
  @Column('timestamptz') withdrawnAt!: Date;
  @Column('text') reason!: string;
}

/** One row: up to which instant nothing more may be recorded. */
@Entity({ schema: 'issued', name: 'knowledge' })
export class IssuedKnowledge {
  @PrimaryColumn('int') id!: number;
  @Column('timestamptz') closedUntil!: Date;
}

export const issuedEntities = [
  IssuedYear,
  IssuedCatalogue,
  IssuedReportRow,
  IssuedWithdrawal,
  IssuedKnowledge,
];
