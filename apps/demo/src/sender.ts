import type { HttpClient } from './http.js';
import type { ReplayEvent } from './cantho-2018.js';

/** Large enough to amortise a request, far below the server's 5,000 events and 10 MB. */
export const BATCH_EVENTS = 2_500;
/** Keeps the server busy while the next batch is being made, without a heap of bodies in memory. */
const REQUESTS_IN_FLIGHT = 3;
const BATCH_MEDIA_TYPE = 'application/cloudevents-batch+json';

/**
 * Sends events in the given order through `POST /v1/events`, a few batches at a time.
 *
 * @param onAccepted called with the number of events after each accepted batch
 * @returns how many events were accepted
 * @throws RequestRefused when a batch is refused, ServerUnavailable when the server stays away
 */
export async function sendEvents(
  client: HttpClient,
  events: Iterable<ReplayEvent>,
  onAccepted: (count: number) => void = () => undefined,
): Promise<number> {
  let accepted = 0;
  const batches = batchesOf(events, BATCH_EVENTS);
  const lane = async (): Promise<void> => {
    for (;;) {
      const { value, done } = batches.next();
      if (done) return;
      const count = await postBatch(client, value);
      accepted += count;
      onAccepted(count);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_IN_FLIGHT }, lane));
  return accepted;
}

/** Posts one batch and checks that the server took all of it. */
export async function postBatch(client: HttpClient, events: readonly string[]): Promise<number> {
  const answer = await client.post('/v1/events', `[${events.join(',')}]`, BATCH_MEDIA_TYPE);
  const { accepted } = JSON.parse(answer.body) as { accepted: number };
  if (accepted !== events.length) {
    throw new Error(
      `The server accepted ${accepted} of ${events.length} events; a batch is taken whole or not at all.`,
    );
  }
  return accepted;
}

/** The JSON texts of the events, `size` at a time. */
export function* batchesOf(
  events: Iterable<ReplayEvent>,
  size: number,
): Generator<string[], void, undefined> {
  let batch: string[] = [];
  for (const { json } of events) {
    batch.push(json);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
