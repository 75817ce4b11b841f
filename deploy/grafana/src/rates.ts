import { OF_AGENCIES, PERIOD_START } from './variables.js';

// The rates of the report (docs/glossary.md) in SQL, from the views monitoring.agency_figure and procedure_figure.

/** A share in percent, two decimals; what is below 100 % is never shown as 100, and nothing is no rate. */
export const percent = (numerator: string, denominator: string): string =>
  `case when ${numerator} < ${denominator} then least(round(100.0 * (${numerator}) / (${denominator}), 2), 99.99)
        when ${denominator} > 0 then 100 end`;

const PUNCTUAL = 'sum(resolved_early + resolved_on_time)';
/** Formula a: of those resolved with a due date, the ones early or on time. */
export const RATE_A = percent(PUNCTUAL, 'sum(resolved_early + resolved_on_time + resolved_late)');

const IN_PERIOD = `filter (where day >= ${PERIOD_START})`;
const OPENED =
  'received_counter + received_online + received_post + reopened - resolved_early - resolved_on_time - resolved_late - resolved_no_due_date - closed_refused - closed_withdrawn - closed_stopped';

/** All three of the chosen agencies and period, with what they are made of. */
export const RATES = `
  with figure as (
    select coalesce(sum(resolved_early + resolved_on_time) ${IN_PERIOD}, 0) as punctual,
           coalesce(sum(resolved_late) ${IN_PERIOD}, 0) as late,
           coalesce(sum(received_counter + received_online + received_post + reopened) ${IN_PERIOD}, 0) as received,
           coalesce(sum(${OPENED}) filter (where day < ${PERIOD_START}), 0) as carried_over,
           coalesce(sum(in_time), 0) as in_time, coalesce(sum(overdue), 0) as overdue,
           coalesce(sum(paused), 0) as paused, coalesce(sum(paused_past_due), 0) as paused_past_due
      from monitoring.agency_figure where ${OF_AGENCIES})
  select ${percent('punctual', '(punctual + late)')} as a,
         ${percent('punctual', '(carried_over + received)')} as b,
         ${percent('(punctual + in_time + paused - paused_past_due)', '(punctual + late + in_time + overdue + paused)')} as c
    from figure`;
