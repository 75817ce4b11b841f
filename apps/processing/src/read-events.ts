import {
  type Fault,
  faultsOfCatalogue,
  faultsOfFuture,
  type IncomingEvent,
  parseEvent,
} from '#libs/contracts';
import type { CatalogueRule, Instant } from '#libs/dossier';
import type { DeliveredMessage, LogBatch } from '#libs/event-log';
import type { Catalogue } from '#libs/store';

/** A message that is a good event. */
export interface ArrivedEvent {
  message: DeliveredMessage;
  event: IncomingEvent;
  arrivedAt: Instant;
}

/** A message that cannot be applied, and why. */
export interface Poison {
  message: DeliveredMessage;
  reason: string;
  errors: Fault[];
}

/**
 * Reads a batch as intake would: whatever it would have refused is poison. Producers may write to
 * the log without passing intake, so nothing is taken on trust.
 */
export function readEvents(
  batch: LogBatch,
  catalogue: Catalogue,
  now: Instant,
): { events: ArrivedEvent[]; poison: Poison[] } {
  const events: ArrivedEvent[] = [];
  const poison: Poison[] = [];
  for (const message of batch.messages) {
    const arrivedAt = arrivalOf(message, now);
    const raw = parseJson(message.value);
    if (raw === undefined) {
      poison.push({ message, reason: 'not-json', errors: [] });
      continue;
    }
    const read = parseEvent(raw, 0);
    const faults = read.ok ? semanticFaults(read.event, catalogue, arrivedAt) : read.faults;
    if (read.ok && faults.length === 0) events.push({ message, event: read.event, arrivedAt });
    else poison.push({ message, reason: faults[0]?.code ?? 'invalid', errors: faults });
  }
  return { events, poison };
}

/** Clocks of two machines may differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;

/** When intake took it; now, if whoever wrote it to the log does not say, or says what cannot be. */
function arrivalOf({ headers }: DeliveredMessage, now: Instant): Instant {
  const stated = Number(headers['recordedat']);
  return Number.isSafeInteger(stated) && stated > 0 && stated <= now + CLOCK_TOLERANCE_MS ? stated : now;
}

function semanticFaults(event: IncomingEvent, catalogue: Catalogue, arrivedAt: Instant): Fault[] {
  return [...faultsOfCatalogue(event, 0, catalogue), ...faultsOfFuture(event, 0, arrivedAt)];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The catalogue's word on an acceptance, also on one that a correction brings. */
export function ruleOf(
  event: IncomingEvent,
  arrivedAt: Instant,
  catalogue: Catalogue,
): CatalogueRule | undefined {
  const { content } = event;
  const [acceptance, at] =
    content.type === 'corrected' ? [content.data.content, content.data.time] : [content, event.time];
  if (acceptance.type !== 'accepted') return undefined;
  return catalogue.ruleFor(acceptance.data.procedure, acceptance.data.channel, at, arrivedAt);
}
