import type { CatalogueRule, Channel, Limit, PausePolicy } from './facts.js';
import type { CivilDay } from './instant.js';

/** A procedure's limit as the catalogue holds it; `validFromDay` null: since ever. */
export interface ProcedureLimit {
  channel: Channel | null;
  statutory: Limit;
  committed: Limit | null;
  validFromDay: CivilDay | null;
}

/**
 * The limit for a channel valid on a day: one for the channel goes before a general one, among those
 * the latest `validFrom`; of it the committed limit, else the statutory one.
 */
export function ruleOn(
  limits: readonly ProcedureLimit[],
  pausePolicy: PausePolicy,
  channel: Channel,
  day: CivilDay,
): CatalogueRule {
  let best: ProcedureLimit | undefined;
  for (const limit of limits) {
    if (limit.channel !== null && limit.channel !== channel) continue;
    if (limit.validFromDay !== null && limit.validFromDay > day) continue;
    if (!best || precedence(limit) > precedence(best)) best = limit;
  }
  if (!best) return { limit: null, basis: null, pausePolicy };
  return best.committed
    ? { limit: best.committed, basis: 'committed', pausePolicy }
    : { limit: best.statutory, basis: 'statutory', pausePolicy };
}

/** Larger goes first: channel before general, then the later day. */
const precedence = (limit: ProcedureLimit): number =>
  (limit.channel === null ? 0 : 1e9) + (limit.validFromDay ?? -1e8);
