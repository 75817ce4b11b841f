const RECOUNT_AFTER_MS = 60_000;
const OLDEST_MS = 2 * RECOUNT_AFTER_MS;
/** A recount waits until the scrape that asked for it is over. */
const RECOUNT_DELAY_MS = 1_000;
/** Counting fewer takes a millisecond or two. */
const FEW = 5_000;

/**
 * A count that takes as long as all else of a scrape and hardly changes in a minute: many are as counted within the last
 * two minutes, few are counted for whoever asks. Of many, only the first to ask, or one after a break, waits for it. Where counting fails the last count grows
 * old, and then whoever asks is told of the failure.
 *
 * @param elapsed milliseconds since some instant, never going back
 */
export function rememberedCount(
  count: () => Promise<number>,
  elapsed: () => number = () => performance.now(),
): () => Promise<number> {
  let last: { value: number; at: number } | undefined;
  let recount: NodeJS.Timeout | undefined;
  const countNow = async (): Promise<number> => {
    const at = elapsed();
    const value = await count();
    last = { value, at };
    return value;
  };
  return async () => {
    const age = last ? elapsed() - last.at : Infinity;
    if (!last || last.value < FEW || age > OLDEST_MS) return countNow();
    if (age > RECOUNT_AFTER_MS && !recount) {
      recount = setTimeout(() => {
        void countNow()
          .catch(() => undefined)
          .finally(() => (recount = undefined));
      }, RECOUNT_DELAY_MS).unref();
    }
    return last.value;
  };
}
