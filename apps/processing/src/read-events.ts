import {
  type Fault,
  faultsOfCatalogue,
  faultsOfFuture,
  type IncomingEvent,
  isId,
  isOtherVersion,
  LARGEST_BODY_BYTES,
  memberOf,
  parseEvent,
  type QuarantineReason,
  readMessage,
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
  reason: QuarantineReason;
  errors: Fault[];
  /** Whose it is, where that can be made out. */
  source: string | null;
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
    const read = readOne(message, catalogue, now);
    if ('reason' in read) poison.push(read);
    else events.push(read);
  }
  return { events, poison };
}

function readOne(message: DeliveredMessage, catalogue: Catalogue, now: Instant): ArrivedEvent | Poison {
  const value = message.bytes === undefined ? message.value : message.bytes;
  // Not even looked at: to parse a value of any size would be to let a stranger stop the partition.
  if (value !== null && isOversized(value)) return poisonOf(message, 'oversized', [], undefined);
  const read = readMessage({ value, headers: message.headers });
  if (!read.ok) {
    return 'reason' in read
      ? poisonOf(message, read.reason, [], undefined)
      : poisonOf(message, read.fault.code, [read.fault], undefined);
  }
  const { raw } = read;
  const parsed = parseEvent(raw, 0);
  if (!parsed.ok) {
    const otherVersion = isOtherVersion(memberOf(raw, 'type'));
    const reason = otherVersion ? 'unknown-version' : (parsed.faults[0]?.code ?? 'bad-value');
    return poisonOf(message, reason, parsed.faults, raw);
  }
  const { event } = parsed;
  const arrivedAt = arrivalOf(message, now);
  const faults = [...faultsOfCatalogue(event, 0, catalogue), ...faultsOfFuture(event, 0, arrivedAt)];
  if (faults[0]) return poisonOf(message, faults[0].code, faults, raw);
  // The order of a dossier's events, and the lock on its record, hang on the key and on its partition.
  if (message.keyBytes !== undefined || message.key !== `${event.source}|${event.subject}`) {
    return poisonOf(message, 'wrong-key', [], raw);
  }
  if (message.misplaced) return poisonOf(message, 'wrong-partition', [], raw);
  return { message, event, arrivedAt };
}

function isOversized(value: string | Uint8Array): boolean {
  if (typeof value !== 'string') return value.length > LARGEST_BODY_BYTES;
  // A UTF-16 unit is at most three bytes of UTF-8; most values need no counting.
  return value.length * 3 > LARGEST_BODY_BYTES && Buffer.byteLength(value) > LARGEST_BODY_BYTES;
}

/** Clocks of two machines may differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Between taking a request and the log's having it lie waiting and repeating, but not more than this. */
const LONGEST_APPEND_MS = 120_000;

/**
 * When intake took it; where nobody says, when the log did; else now. A header that lies in the future, or
 * far from when the log took the message, is not believed: it would falsify what was known when (`asOf`).
 */
function arrivalOf({ headers, appendedAt }: DeliveredMessage, now: Instant): Instant {
  const latest = now + CLOCK_TOLERANCE_MS;
  const taken =
    appendedAt !== undefined && Number.isSafeInteger(appendedAt) && appendedAt > 0 && appendedAt <= latest
      ? appendedAt
      : undefined;
  const stated = Number(headers['recordedat']);
  const believed =
    Number.isSafeInteger(stated) &&
    stated > 0 &&
    stated <= latest &&
    (taken === undefined ||
      (stated >= taken - LONGEST_APPEND_MS - CLOCK_TOLERANCE_MS && stated <= taken + CLOCK_TOLERANCE_MS));
  return believed ? stated : (taken ?? now);
}

/** Enough to mend the sender by. A hostile message could have faults a thousand times its own size. */
const MOST_ERRORS = 100;
const LONGEST_POINTERS = 10_000;

export function poisonOf(
  message: DeliveredMessage,
  reason: QuarantineReason,
  faults: readonly Fault[],
  raw: unknown,
): Poison {
  let written = 0;
  const errors: Fault[] = [];
  for (const fault of faults.slice(0, MOST_ERRORS)) {
    written += fault.pointer.length;
    if (written > LONGEST_POINTERS) break;
    // Kept as jsonb, which has no NUL.
    errors.push({ ...fault, pointer: fault.pointer.replaceAll('\0', '\uFFFD') });
  }
  return { message, reason, errors, source: sourceIn(raw) ?? sourceInKey(message.key) };
}

function sourceIn(raw: unknown): string | undefined {
  const source = memberOf(raw, 'source');
  return typeof source === 'string' && isId(source) ? source : undefined;
}

/** Of a key `<source>|<subject>`. */
function sourceInKey(key: string): string | null {
  const source = key.slice(0, Math.max(0, key.indexOf('|')));
  return isId(source) ? source : null;
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
