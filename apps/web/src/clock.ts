/**
 * The server's clock, as far as its answers tell. A wrong clock on the reader's machine must not
 * turn a dossier overdue early or late, so nothing on the page asks Date.now() directly.
 */
let offset = 0;
/** Uncertainty of the offset in milliseconds; a sample replaces only a worse one. */
let uncertainty = Number.POSITIVE_INFINITY;
let sampledAt = 0;
const SAMPLE_LIFE_MS = 120_000;

export const serverNow = (): number => Date.now() + offset;

export function learnServerTime(body: unknown, dateHeader: string | null, sentAt: number): void {
  const elapsed = performance.now() - sentAt;
  // Slow answers say little about the moment; and drift makes old samples worse than new ones.
  const expired = performance.now() - sampledAt > SAMPLE_LIFE_MS;
  const asOf = typeof body === 'object' && body !== null && 'asOf' in body ? body.asOf : undefined;
  const precise = typeof asOf === 'string' ? Date.parse(asOf) : Number.NaN;
  // The Date header is cut to whole seconds: on average half a second old.
  const coarse = dateHeader === null ? Number.NaN : Date.parse(dateHeader) + 500;
  const sample = Number.isNaN(precise) ? coarse : precise;
  const error = elapsed / 2 + (Number.isNaN(precise) ? 500 : 0);
  if (Number.isNaN(sample) || (error >= uncertainty && !expired)) return;
  offset = sample - (Date.now() - elapsed / 2);
  uncertainty = error;
  sampledAt = performance.now();
}
