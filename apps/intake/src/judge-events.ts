import {
  type Fault,
  type Checkable,
  faultsOfCatalogue,
  faultsOfFuture,
  FaultsError,
  type IncomingEvent,
  type KnownCodes,
  parseEvent,
} from '#libs/contracts';
import type { Instant } from '#libs/dossier';

/** Enough for 5,000 events with twenty faults each; an answer has to end somewhere. */
const MOST_FAULTS = 100_000;

/**
 * Reads the events of a request: all of them or, with every fault of every event named, none.
 * @throws FaultsError
 */
export function judgeEvents(
  raws: readonly unknown[],
  catalogue: KnownCodes,
  arrivedAt: Instant,
): IncomingEvent[] {
  const events: IncomingEvent[] = [];
  const faults: Fault[] = [];
  const check = (event: Checkable, index: number) => {
    faults.push(...faultsOfCatalogue(event, index, catalogue), ...faultsOfFuture(event, index, arrivedAt));
  };
  for (const [index, raw] of raws.entries()) {
    const parsed = parseEvent(raw, index);
    if (parsed.ok) {
      events.push(parsed.event);
      check(parsed.event, index);
    } else {
      for (const fault of parsed.faults) faults.push(fault);
      check(parsed.legible, index);
    }
    if (faults.length > MOST_FAULTS) {
      throw new FaultsError(
        faults.slice(0, MOST_FAULTS),
        ` Only the first ${MOST_FAULTS} faults are listed.`,
      );
    }
  }
  if (faults.length > 0) throw new FaultsError(faults);
  return events;
}
