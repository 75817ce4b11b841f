import { OF_AGENCIES, PERIOD_START } from './variables.js';

// The rates of the report (docs/glossary.md) in SQL, from the views monitoring.agency_figure and procedure_figure.

/** A share in percent, two decimals; what is below 100 % is never shown as 100, and nothing is no rate. */
export const percent = (numerator: string, denominator: string): string =>
  `case when ${numerator} < ${denominator} then least(round(100.0 * (${numerator}) / (${denominator}), 2), 99.99)
        when ${denominator} > 0 then 100 end`;

const PUNCTUAL = 'sum(resolved_early + resolved_on_time)';
/** Formula a: of those resolved with a due date, the ones early or on time. */
export const RATE_A = percent(PUNCTUAL, 'sum(resolved_early + resolved_on_time + resolved_late)');

const IN_PERIOD = `${OF_AGENCIES} and day >= ${PERIOD_START}`;

/**
 * All three of the chosen agencies and period. What was to be handled (carried over, received, reopened) is what was
 * closed and what stands open, an identity of the report: so only the days of the period are read, not all there are.
 */
export const RATES = `
  with flow as (
    select coalesce(sum(resolved_early + resolved_on_time), 0) as punctual,
           coalesce(sum(resolved_late), 0) as late,
           coalesce(sum(resolved_early + resolved_on_time + resolved_late + resolved_no_due_date
             + closed_refused + closed_withdrawn + closed_stopped), 0) as closed
      from monitoring.agency_figure where ${IN_PERIOD}),
  stock as (
    select count(*) as open, count(*) filter (where timeliness <> 'no-due-date') as dated,
           count(*) filter (where timeliness in ('in-time', 'due-soon', 'paused') and not coalesce(past_due_while_paused, false)) as good
      from monitoring.open_dossier where ${OF_AGENCIES})
  select ${percent('punctual', '(punctual + late)')} as a,
         ${percent('punctual', '(open + closed)')} as b,
         ${percent('(punctual + good)', '(punctual + late + dated)')} as c
    from flow, stock`;
