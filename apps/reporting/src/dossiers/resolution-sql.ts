import type { DaysFromDue, Took } from '#libs/contracts';

/** What a resolution took, in SQL: for the report on durations, and for the lists behind its figures. */

/** Its columns: of a dossier `d` resolved once its own, of one reopened those of the flow `f` in its document. */
export const RESOLUTION = {
  row: `d.outcome, d.days_from_due as days, d.own_ms as own, d.waiting_ms as waiting,
         d.supplement_count as supplements, d.supplement_ms as supplement_time, d.fee_count as fees,
         d.fee_ms as fee_time, d.extension_count as extensions`,
  flow: `case f ->> 'kind' when 'resolvedEarly' then 'early' when 'resolvedOnTime' then 'on-time'
                           when 'resolvedLate' then 'late' else 'no-due-date' end as outcome,
         (f #>> '{spent,days}')::int as days, (f #>> '{spent,own}')::bigint as own,
         (f #>> '{spent,waiting}')::bigint as waiting, (f #>> '{spent,supplements}')::int as supplements,
         (f #>> '{spent,supplementTime}')::bigint as supplement_time, (f #>> '{spent,fees}')::int as fees,
         (f #>> '{spent,feeTime}')::bigint as fee_time, (f #>> '{spent,extensions}')::int as extensions`,
};

/** Conditions over these columns; days signed, less than a working day among the nearest. */
export const DAYS_SQL: Record<DaysFromDue, string> = {
  'early-over-10': `outcome = 'early' and days < -10`,
  'early-6-10': `outcome = 'early' and days between -10 and -6`,
  'early-3-5': `outcome = 'early' and days between -5 and -3`,
  'early-1-2': `outcome = 'early' and days >= -2`,
  'late-1-3': `outcome = 'late' and days <= 3`,
  'late-4-10': `outcome = 'late' and days between 4 and 10`,
  'late-11-30': `outcome = 'late' and days between 11 and 30`,
  'late-over-30': `outcome = 'late' and days > 30`,
};
export const TOOK_SQL: Record<Took, string> = {
  supplement: 'supplements > 0',
  fee: 'fees > 0',
  extension: 'extensions > 0',
  unmeasured: 'own is null',
};

/** SQL: whether the resolution in a row, or in a flow, is one that all conditions hold of. */
export const resolutionIs = (where: keyof typeof RESOLUTION, conditions: readonly string[]): string =>
  conditions.length === 0
    ? 'true'
    : `exists (select from (select ${RESOLUTION[where]}) r where ${conditions.join(' and ')})`;
