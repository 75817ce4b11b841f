import { DUE_BUCKETS, EARLY_BUCKETS, LATE_BUCKETS } from '#libs/dossier';
import { z } from 'zod';

/** What the reports on ageing, durations and causes answer. Days are working days. */

const count = () => z.int().min(0);
const hours = () => z.number().min(0);
const instant = () => z.string().meta({ format: 'date-time', examples: ['2026-11-22T10:00:00.000+07:00'] });
const day = () => z.string().meta({ format: 'date', examples: ['2018-03-12'] });
const buckets = <T extends string>(names: readonly T[]) =>
  Object.fromEntries(names.map((name) => [name, count()])) as Record<T, ReturnType<typeof count>>;

export const ageingRowSchema = z
  .object({
    open: count(),
    inTime: z.object({ total: count(), ...buckets(DUE_BUCKETS) }).meta({
      description: 'When it falls due; `tomorrow` is the next working day, `this-week` ends with Sunday.',
    }),
    overdue: z.object({ total: count(), ...buckets(LATE_BUCKETS) }).meta({
      description: 'Working days late; a part of a day counts as none, so `1-3` begins at 0.',
    }),
    paused: z.object({
      total: count(),
      pastDue: count(),
      byReason: z
        .object(buckets(['supplement', 'fee', 'both', 'unknown']))
        .meta({ description: '`unknown`: recorded before reasons were kept, until a rebuild.' }),
      byLength: z
        .object(buckets(LATE_BUCKETS))
        .meta({ description: 'Working days that the pause has lasted.' }),
    }),
    noDueDate: count(),
  })
  .meta({
    description:
      'open = inTime + overdue + paused + noDueDate, each the sum of its buckets, the same as `open` of the timeliness report of that instant.',
  });

export const ageingSchema = z.object({
  at: instant().meta({ description: 'When it stood so.' }),
  asOf: instant(),
  by: z.enum(['agency', 'procedure']).nullable(),
  calendarVersion: count(),
  total: ageingRowSchema,
  rows: z.array(ageingRowSchema.extend({ key: z.string(), name: z.string() })),
  byCause: z
    .array(
      z.object({
        cause: z.string().nullable(),
        vi: z.string().nullable(),
        en: z.string().nullable(),
        count: count(),
      }),
    )
    .meta({ description: 'The overdue ones by their cause, most first; null: none given.' }),
});

const pause = z.object({ dossiers: count(), count: count(), hours: hours() });
export const durationsSchema = z
  .object({
    from: day(),
    to: day(),
    asOf: instant(),
    resolved: count(),
    unmeasured: count().meta({ description: 'Recorded before durations were kept, until a rebuild.' }),
    early: z.object({ total: count(), unmeasured: count(), ...buckets(EARLY_BUCKETS) }),
    onTime: z.object({ total: count() }),
    late: z.object({ total: count(), unmeasured: count(), ...buckets(LATE_BUCKETS) }),
    noDueDate: z.object({ total: count() }),
    time: z
      .object({ ownHours: hours(), waitingHours: hours() })
      .meta({ description: 'Working hours, two decimals: while the clock ran, and while it was paused.' }),
    pauses: z
      .object({ supplement: pause, fee: pause })
      .meta({ description: 'Requests that took effect; the two may overlap.' }),
    extensions: z.object({ dossiers: count(), count: count() }),
  })
  .meta({
    description:
      'early, onTime, late and noDueDate are those of `resolved` of the timeliness report; buckets are working days between the day of resolution and the due day, less than one among the nearest.',
  });

export const causeListSchema = z.object({
  source: z.string(),
  causes: z.array(z.object({ code: z.string(), vi: z.string(), en: z.string() })),
});

export const dossierCauseSchema = z.object({
  cause: z.string().nullable(),
  history: z
    .array(
      z.object({
        at: instant(),
        before: z.string().nullable(),
        cause: z.string().nullable(),
        by: z.string(),
      }),
    )
    .meta({ description: 'Who said what when, the newest first; nothing is ever taken out.' }),
});
