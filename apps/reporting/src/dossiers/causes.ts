import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type CauseBody, FaultsError, ProblemError } from '#libs/contracts';
import { formatInstant, type Instant } from '#libs/dossier';
import { readSettingFile } from '../setting-file.js';

export const CAUSE_LIST = Symbol('overdue-causes');

const text = z.string().min(1).max(200);
const schema = z.object({
  source: z.string().min(1),
  causes: z
    .array(z.object({ code: z.string().regex(/^[a-z0-9-]{1,64}$/), vi: text, en: text }))
    .min(1)
    .refine((causes) => new Set(causes.map(({ code }) => code)).size === causes.length, 'a code stands twice')
    .refine((causes) => causes.every(({ code }) => code !== 'none'), '"none" stands for no cause'),
});
/** Why a dossier may be late: codes for programs, words for people. */
export type CauseList = z.infer<typeof schema>;

/**
 * @param path a file like `data/overdue-causes.json`; a code that dossiers have must stay in it
 * @throws StartError naming everything that is wrong with it
 */
export const readCauseList = (path: string): Promise<CauseList> =>
  readSettingFile('OVERDUE_CAUSES', path, schema);

/** One entry of a dossier's audit: who said what, when, and what stood before. */
export interface CauseEntry {
  at: string;
  before: string | null;
  cause: string | null;
  by: string;
}
export interface DossierCause {
  cause: string | null;
  history: CauseEntry[];
}

/** Who may be told a cause: whatever has missed its due date, resolved or not, paused or not. */
const LATE = `(outcome = 'late' or (open and overdue_from <= $3))`;

/** SQL: the cause that stood for dossier `d` at a timestamptz expression; null: none. */
export const causeSql = (at: string): string => `
  (select c.cause from reporting.cause_entry c
    where c.source = d.source and c.code = d.code and c.recorded_at <= ${at} order by c.id desc limit 1)`;

@Injectable()
export class Causes {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CAUSE_LIST) readonly list: CauseList,
  ) {}

  /** The causes of a dossier, the newest entry first. */
  async of(source: string, code: string): Promise<DossierCause> {
    const rows = await this.database.query<
      { recorded_at: Date; before: string | null; cause: string | null; by: string }[]
    >(
      `select recorded_at, before, cause, by from reporting.cause_entry
        where source = $1 and code = $2 order by id desc limit 200`,
      [source, code],
    );
    return {
      cause: rows[0]?.cause ?? null,
      history: rows.map(({ recorded_at: at, ...entry }) => ({ at: formatInstant(at.getTime()), ...entry })),
    };
  }

  /**
   * Says or takes back why a dossier is late; saying the same again adds nothing.
   *
   * @throws ProblemError `not-found`; `unacceptable` for a code that the list does not have
   */
  async set(source: string, code: string, { cause, by }: CauseBody, now: Instant): Promise<DossierCause> {
    if (cause !== null && !this.list.causes.some((known) => known.code === cause)) {
      const known = this.list.causes.map((one) => one.code).join(', ');
      throw new FaultsError([
        { index: 0, pointer: '/cause', code: 'bad-value', detail: `Must be one of ${known}, or null.` },
      ]);
    }
    await this.database.transaction(async (manager) => {
      // The row's lock puts two who speak at once one after the other, each with the right "before".
      const [row] = await manager.query<{ late: boolean | null }[]>(
        `select ${LATE} as late from reporting.dossier where source = $1 and code = $2 for update`,
        [source, code, new Date(now)],
      );
      if (!row) throw new ProblemError('not-found', 'There is no such dossier.');
      if (cause !== null && row.late !== true) {
        throw new ProblemError(
          'unacceptable',
          'The dossier has not missed its due date, so there is no cause of lateness to give.',
        );
      }
      await manager.query(
        `insert into reporting.cause_entry (source, code, recorded_at, before, cause, by)
         select $1, $2, $3, b.before, $4, $5
           from (select (select c.cause from reporting.cause_entry c
                          where c.source = $1 and c.code = $2 order by c.id desc limit 1) as before) b
          where b.before is distinct from $4`,
        [source, code, new Date(now), cause, by],
      );
    });
    return this.of(source, code);
  }
}
