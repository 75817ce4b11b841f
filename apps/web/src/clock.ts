/**
 * The server's clock, as far as its answers tell. A wrong clock on the reader's machine must not
 * turn a dossier overdue early or late, so nothing on the page asks Date.now() directly.
 *
 * An answer that says "it is now S" and arrives at R proves that the server is at least S − R ahead
 * of us. The largest such bound is what we go by: it errs only to the late side (by the shortest
 * journey of an answer), so the page is never ahead of the server.
 */
let offset = 0;
let learnedAt = Number.NEGATIVE_INFINITY;
/** Clocks drift and laptops sleep: after this an old bound gives way to any new one. */
const BOUND_LIFE_MS = 120_000;

export const serverNow = (): number => Date.now() + offset;

/**
 * From an answer just received: `asOf` to the millisecond, or the Date header, cut to its second. What was issued, or
 * asked for as of an instant that is past, has an older `asOf`; neither is ever ahead, so the later one counts.
 */
export function learnServerTime(body: unknown, dateHeader: string | null): void {
  const asOf = typeof body === 'object' && body !== null && 'asOf' in body ? body.asOf : null;
  const told = [typeof asOf === 'string' ? asOf : '', dateHeader ?? ''].map((text) => Date.parse(text));
  const said = Math.max(...told.filter((instant) => !Number.isNaN(instant)));
  if (!Number.isFinite(said)) return;
  const bound = said - Date.now();
  if (bound <= offset && performance.now() - learnedAt < BOUND_LIFE_MS) return;
  offset = bound;
  learnedAt = performance.now();
}
