import fc from 'fast-check';
import { at, die, pick, sampleOne } from './dice.js';
import { DAY_MS, formatInstant, parseInstant } from './reference-calendar.js';
import type { CloudEventJson } from './reference-events.js';

/** How a history reaches intake: any order, some events twice, cut anywhere into batches. */

/** Batches to post one after another. */
export type Delivery = readonly (readonly CloudEventJson[])[];

export interface DeliveryOptions {
  /** At most this many events in a batch. */
  readonly batch: number;
}

/**
 * Some order of delivery: in order, nearly so or shuffled; some events twice; some followed or preceded by
 * another event of the same id with other content (the first to arrive counts); cut anywhere into batches.
 */
export function deliveryArb(
  events: readonly CloudEventJson[],
  { batch }: DeliveryOptions,
): fc.Arbitrary<Delivery> {
  const length = { minLength: events.length, maxLength: events.length, size: 'max' as const };
  return fc
    .record({
      disorder: fc.constantFrom(0, 20, 1e9),
      places: fc.array(die, length),
      repeats: fc.array(die, length),
      cuts: fc.array(fc.integer({ min: 1, max: batch }), { minLength: 16, maxLength: 16 }),
    })
    .map(({ disorder, places, repeats, cuts }) => {
      const copies: { event: CloudEventJson; place: number }[] = [];
      for (const [index, event] of events.entries()) {
        const place = index + disorder * (at(places, index) / 1_000_000);
        copies.push({ event, place });
        const repeat = at(repeats, index);
        if (repeat % 10 === 0) copies.push({ event, place: place + (repeat % 97) });
        if (repeat % 50 === 1) copies.push({ event: otherContent(event), place: place + (repeat % 97) - 48 });
      }
      copies.sort((left, right) => left.place - right.place);
      return cutInto(
        copies.map(({ event }) => event),
        cuts,
      );
    });
}

/** The delivery of a seed. */
export function seededDelivery(
  seed: number,
  events: readonly CloudEventJson[],
  options: DeliveryOptions,
): Delivery {
  return sampleOne(deliveryArb(events, options), seed);
}

/** The same id, another moment: what a sender does who reuses ids. */
const otherContent = (event: CloudEventJson): CloudEventJson => ({
  ...event,
  time: formatInstant(parseInstant(event.time) - 5 * DAY_MS),
});

function cutInto(events: readonly CloudEventJson[], cuts: readonly number[]): CloudEventJson[][] {
  const batches: CloudEventJson[][] = [];
  for (let from = 0, turn = 0; from < events.length; turn++) {
    const size = pick(cuts, turn);
    batches.push(events.slice(from, from + size));
    from += size;
  }
  return batches;
}
