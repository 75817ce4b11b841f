import { z } from 'zod';

/** What everybody may see of the figures, declared for the generated documents and their readers. */

const whole = () => z.int().min(0);
const day = () => z.string().meta({ format: 'date' });

/** A count as the public sees it. */
export const publicCountSchema = z
  .object({ count: whole().nullable(), suppressed: z.boolean() })
  .meta({ description: 'Suppressed: small, or it would tell a small one; `count` is null then.' });

/** The on-time rate as the public sees it. */
export const publicRateSchema = z
  .object({
    percent: z.number().min(0).max(100).nullable(),
    numerator: whole().nullable(),
    denominator: whole().nullable(),
    suppressed: z.boolean(),
    atLeast: z.number().min(0).max(100).nullable().meta({
      description:
        'Of a suppressed rate: the percent that it has at least, as follows from what is published; null where nothing does, and where the rate is given.',
    }),
  })
  .meta({
    description:
      '(early + onTime) / (early + onTime + late); `percent` null without `suppressed`: nothing with a due date was resolved.',
  });

const publicRow = z.object({
  received: publicCountSchema.meta({ description: 'Received in the month.' }),
  resolved: publicCountSchema.meta({
    description: 'Resolved in the month, those without a due date included.',
  }),
  late: publicCountSchema.meta({ description: 'Resolved late in the month.' }),
  overdue: publicCountSchema.meta({
    description: 'Open and overdue at the last millisecond of the month or now, whichever is earlier.',
  }),
  rates: z.object({ a: publicRateSchema }),
});

export const publicReportSchema = z
  .object({
    month: z.string().meta({ examples: ['2018-10'] }),
    from: day(),
    to: day(),
    asOf: z.string().meta({ format: 'date-time' }),
    agency: z.object({ id: z.string(), name: z.string() }).nullable(),
    suppressed: z
      .object({ from: whole(), to: whole() })
      .meta({ description: 'Counts of this size are never given.' }),
    total: publicRow,
    rows: z.array(publicRow.extend({ key: z.string(), name: z.string(), kind: z.string().nullable() })),
  })
  .meta({
    description:
      'The figures of a calendar month for everybody: an agency with every one below it a row. Counts from 1 to 4 are suppressed, and as many others as it takes that none of them follows from sums, rates or the rows of other agencies. 0 is given.',
  });

export type PublicCount = z.infer<typeof publicCountSchema>;
export type PublicRate = z.infer<typeof publicRateSchema>;
export type PublicRow = z.infer<typeof publicRow>;
export type PublicReport = z.infer<typeof publicReportSchema>;
