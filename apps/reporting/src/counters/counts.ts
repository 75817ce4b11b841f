import { type Counts, MEASURES } from '#libs/dossier';

const ZEROS: readonly number[] = MEASURES.map(() => 0);

export const zeroCounts = (): Counts => [...ZEROS];

export function addCounts(sum: Counts, counts: Counts, sign: 1 | -1 = 1): void {
  for (let measure = 0; measure < counts.length; measure += 1)
    sum[measure] = (sum[measure] ?? 0) + sign * (counts[measure] ?? 0);
}
