import type { Instant } from '#libs/dossier';
import type { Fault, FaultCode } from './faults.js';
import type { Checkable, Reference } from './parse-event.js';

/** What an event's codes are held against. */
export interface KnownCodes {
  hasAgency(id: string): boolean;
  hasProcedure(code: string): boolean;
}

/** A sender's clock may run ahead of ours by this much. */
const AHEAD_MS = 5 * 60_000;

/** Codes the catalogue does not know, those inside a correction included. */
export function faultsOfCatalogue(event: Checkable, index: number, catalogue: KnownCodes): Fault[] {
  const faults: Fault[] = [];
  const look = (references: Reference[], has: (code: string) => boolean, code: FaultCode, what: string) => {
    for (const reference of references) {
      if (has(reference.code)) continue;
      faults.push({ index, pointer: reference.pointer, code, detail: `The catalogue has no such ${what}.` });
    }
  };
  look(event.agencies, (id) => catalogue.hasAgency(id), 'unknown-agency', 'agency');
  look(event.procedures, (code) => catalogue.hasProcedure(code), 'unknown-procedure', 'procedure');
  return faults;
}

/** Times more than 5 minutes after the event's arrival: nothing can have happened then. */
export function faultsOfFuture(event: Checkable, index: number, arrivedAt: Instant): Fault[] {
  return event.happenedAt
    .filter(({ at }) => at > arrivedAt + AHEAD_MS)
    .map(({ pointer }) => ({
      index,
      pointer,
      code: 'time-in-future',
      detail: 'More than 5 minutes after the arrival of the event.',
    }));
}
