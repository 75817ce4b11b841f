import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { shareNext } from '#libs/platform';
import { closedUntil } from './knowledge.js';
import {
  type AgencyDoc,
  type CalendarDoc,
  type Fault,
  FaultsError,
  type ProcedureDoc,
} from '#libs/contracts';
import {
  type Calendar,
  type CatalogueRule,
  type Channel,
  type CivilDay,
  compileCalendar,
  dayOf,
  type Instant,
  MAX_DAY,
  Organisation,
  parseDay,
  type ProcedureLimit,
  ruleOn,
} from '#libs/dossier';

export const DEFAULT_CALENDAR = 'default';

interface ProcedureVersion {
  recordedAt: Instant;
  doc: ProcedureDoc;
  limits: ProcedureLimit[];
}

/** Agencies, procedures and calendars as they stand at one revision. Immutable. */
export class Catalogue {
  /** Who was below whom when. */
  readonly organisation: Organisation;

  constructor(
    readonly revision: number,
    readonly agencies: ReadonlyMap<string, AgencyDoc>,
    readonly procedures: ReadonlyMap<string, ProcedureDoc>,
    readonly calendars: ReadonlyMap<string, CalendarDoc>,
    private readonly procedureVersions: ReadonlyMap<string, ProcedureVersion[]>,
    private readonly calendarVersions: readonly { recordedAt: Instant; calendar: Calendar }[],
  ) {
    this.organisation = new Organisation(agencies.values());
  }

  hasAgency = (id: string): boolean => this.agencies.has(id);
  hasProcedure = (code: string): boolean => this.procedures.has(code);

  childrenOf = (id: string): readonly string[] => this.organisation.tree('recorded', MAX_DAY).childrenOf(id);

  /** Agencies without a parent. */
  roots = (): readonly string[] => this.organisation.tree('recorded', MAX_DAY).childrenOf();

  /** The agency and every one below it, as the tree is on a day; without one, with every change that is decided. */
  subtree = (id: string, on: CivilDay = MAX_DAY): string[] =>
    this.organisation.tree('recorded', on).subtree(id);

  /** What the catalogue said at `arrivedAt` about an acceptance at `acceptedAt`. */
  ruleFor(procedure: string, channel: Channel, acceptedAt: Instant, arrivedAt: Instant): CatalogueRule {
    const versions = this.procedureVersions.get(procedure) ?? [];
    // A procedure that came after the event (mended catalogue, replayed event) speaks from its first version on.
    const version = versions.findLast(({ recordedAt }) => recordedAt <= arrivedAt) ?? versions[0];
    if (!version) return { limit: null, basis: null, pausePolicy: 'pause' };
    return ruleOn(version.limits, version.doc.pausePolicy ?? 'pause', channel, dayOf(acceptedAt));
  }

  /** The default calendar in a given version. */
  calendar = (version: number): Calendar => {
    const found = this.calendarVersions[version - 1];
    if (!found) throw new Error(`calendar version ${version} is not known`);
    return found.calendar;
  };

  /** Version of the default calendar as of an instant of recording. */
  calendarVersionAt(recordedAt: Instant): number {
    const index = this.calendarVersions.findLastIndex((version) => version.recordedAt <= recordedAt);
    return Math.max(index, 0) + 1;
  }

  newestCalendarVersion(): number {
    return this.calendarVersions.length;
  }

  /** When a version of the default calendar was recorded. */
  calendarRecordedAt(version: number): Instant {
    return this.calendarVersions[version - 1]?.recordedAt ?? 0;
  }
}

/** Reads and edits the catalogue. Reading is cheap: one small row tells whether a copy is current. */
@Injectable()
export class CatalogueStore {
  private loaded: Catalogue | undefined;

  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** The catalogue with every edit that was committed before the call. */
  readonly current = shareNext(async (): Promise<Catalogue> => {
    const rows = await this.database.query<{ number: string }[]>(
      'select number from catalogue.revision where id = 1',
    );
    const revision = Number(rows[0]?.number ?? 0);
    return this.loaded?.revision === revision ? this.loaded : this.load();
  });

  private async load(): Promise<Catalogue> {
    // One snapshot for all four reads, or a copy could mix two revisions.
    this.loaded = await this.database.transaction('REPEATABLE READ', async (manager) => {
      const [revision] = await manager.query<{ number: string }[]>(
        'select number from catalogue.revision where id = 1',
      );
      const agencies = await manager.query<{ doc: AgencyDoc }[]>(
        'select doc from catalogue.agency order by id',
      );
      const procedures = await manager.query<{ at: string; doc: ProcedureDoc }[]>(
        `select (extract(epoch from recorded_at) * 1000)::bigint as at, doc
           from catalogue.procedure_version order by code, recorded_at`,
      );
      const calendars = await manager.query<{ id: string; version: number; at: string; doc: CalendarDoc }[]>(
        `select id, version, (extract(epoch from recorded_at) * 1000)::bigint as at, doc
           from catalogue.calendar_version order by id, version`,
      );
      const versions = new Map<string, ProcedureVersion[]>();
      for (const { at, doc } of procedures) {
        const version = { recordedAt: Number(at), doc, limits: limitsOf(doc) };
        const list = versions.get(doc.code);
        if (list) list.push(version);
        else versions.set(doc.code, [version]);
      }
      return new Catalogue(
        Number(revision?.number ?? 0),
        new Map(agencies.map(({ doc }) => [doc.id, doc])),
        new Map(procedures.map(({ doc }) => [doc.code, doc])),
        new Map(calendars.map(({ id, doc }) => [id, doc])),
        versions,
        calendars
          .filter(({ id }) => id === DEFAULT_CALENDAR)
          .map(({ version, at, doc }) => ({
            recordedAt: Number(at),
            calendar: compileCalendar(version, doc),
          })),
      );
    });
    return this.loaded;
  }

  /** Upserts agencies; `validate` sees what is there and may refuse the whole edit. */
  putAgencies(
    agencies: readonly AgencyDoc[],
    validate: (existing: ReadonlyMap<string, AgencyDoc>) => Fault[] = () => [],
  ): Promise<number> {
    return this.edit(async (manager, before) => {
      refuse(validate(before.agencies));
      const changed = agencies.filter((agency) => !sameJson(agency, before.agencies.get(agency.id)));
      await manager.query(
        `insert into catalogue.agency (id, doc) select id, doc from unnest($1::text[], $2::jsonb[]) as t(id, doc)
         on conflict (id) do update set doc = excluded.doc`,
        [changed.map(({ id }) => id), changed.map((agency) => JSON.stringify(agency))],
      );
      return { changed: changed.length, count: agencies.length };
    });
  }

  putProcedures(
    procedures: readonly ProcedureDoc[],
    validate: (existing: ReadonlyMap<string, ProcedureDoc>) => Fault[] = () => [],
  ): Promise<number> {
    return this.edit(async (manager, before, now) => {
      refuse(validate(before.procedures));
      const changed = procedures.filter(
        (procedure) => !sameJson(procedure, before.procedures.get(procedure.code)),
      );
      await manager.query(
        `insert into catalogue.procedure_version (code, recorded_at, doc)
         select code, timestamptz 'epoch' + $3 * interval '1 millisecond', doc
           from unnest($1::text[], $2::jsonb[]) as t(code, doc)
         on conflict (code, recorded_at) do update set doc = excluded.doc`,
        [changed.map(({ code }) => code), changed.map((procedure) => JSON.stringify(procedure)), now],
      );
      return { changed: changed.length, count: procedures.length };
    });
  }

  /**
   * Merges an edit into a calendar as a new version: `days` by date (`normal` takes one back),
   * `sessions` replaced. Returns how many days the edit names.
   */
  putCalendar(id: string, edit: CalendarEdit): Promise<number> {
    return this.edit(async (manager, before, now) => {
      const old = before.calendars.get(id) ?? { sessions: DEFAULT_SESSIONS, days: [] };
      const days = new Map(old.days.map((day) => [day.on, day]));
      for (const day of edit.days ?? []) {
        if (day.kind === 'normal') days.delete(day.on);
        else days.set(day.on, { ...day, kind: day.kind });
      }
      const merged: CalendarDoc = {
        sessions: edit.sessions ?? old.sessions,
        days: [...days.values()].sort((a, b) => (a.on < b.on ? -1 : 1)),
      };
      const changed = before.calendars.has(id) && sameJson(merged, before.calendars.get(id)) ? 0 : 1;
      // Deadlines move by it: not as if that had been known to a report that is issued.
      const recordedAt = Math.max(now, (await closedUntil(manager)) + 1);
      if (changed) await this.addCalendarVersion(manager, id, recordedAt, merged);
      return { changed, count: edit.days?.length ?? 0 };
    });
  }

  /** The calendar that ships; recorded as known since ever. */
  async seedCalendar(doc: CalendarDoc): Promise<void> {
    await this.edit(async (manager, before) => {
      if (before.calendars.has(DEFAULT_CALENDAR)) return { changed: 0, count: 0 };
      await this.addCalendarVersion(manager, DEFAULT_CALENDAR, 0, doc);
      return { changed: 1, count: 1 };
    });
  }

  private async addCalendarVersion(
    manager: EntityManager,
    id: string,
    now: Instant,
    doc: CalendarDoc,
  ): Promise<void> {
    await manager.query(
      `insert into catalogue.calendar_version (id, version, recorded_at, doc)
       select $1, coalesce(max(version), 0) + 1, timestamptz 'epoch' + $2 * interval '1 millisecond', $3
         from catalogue.calendar_version where id = $1`,
      [id, now, JSON.stringify(doc)],
    );
  }

  /** One edit at a time: the revision row is the lock. */
  private edit(
    change: (
      manager: EntityManager,
      before: Catalogue,
      now: Instant,
    ) => Promise<{ changed: number; count: number }>,
  ): Promise<number> {
    return this.database.transaction(async (manager) => {
      await manager.query('select number from catalogue.revision where id = 1 for update');
      const before = await this.current();
      const { changed, count } = await change(manager, before, Date.now());
      if (changed > 0) {
        await manager.query('update catalogue.revision set number = number + 1 where id = 1');
        await manager.query(`select pg_notify('dunghan_catalogue', '')`);
      }
      return count;
    });
  }
}

export interface CalendarEdit {
  sessions?: [string, string][];
  days?: { on: string; kind: 'off' | 'work' | 'normal'; reason: string; decision?: string }[];
}

const DEFAULT_SESSIONS: [string, string][] = [
  ['07:00', '11:00'],
  ['13:00', '17:00'],
];

function refuse(faults: Fault[]): void {
  if (faults.length > 0) throw new FaultsError(faults);
}

function limitsOf(procedure: ProcedureDoc): ProcedureLimit[] {
  return procedure.limits.map(({ channel, statutory, committed, validFrom }) => ({
    channel: channel ?? null,
    statutory,
    committed: committed ?? null,
    validFromDay: validFrom === undefined ? null : (parseDay(validFrom) ?? null),
  }));
}

/** Equality of documents whatever the order of their members (jsonb does not keep it). */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keysOfA = Object.keys(a).filter((key) => (a as Record<string, unknown>)[key] !== undefined);
  const keysOfB = Object.keys(b).filter((key) => (b as Record<string, unknown>)[key] !== undefined);
  return (
    keysOfA.length === keysOfB.length &&
    keysOfA.every((key) => sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
}
