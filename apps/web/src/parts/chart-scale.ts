/** Marks of an axis from `least` to at least `most`: round numbers, few enough to be read. */
export function marksOf(least: number, most: number, atMost: number): number[] {
  const span = Math.max(most - least, 1);
  const rough = span / atMost;
  const power = 10 ** Math.floor(Math.log10(rough));
  // Whole steps only: what is counted are dossiers and percents.
  const step = Math.max(1, ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power);
  const marks: number[] = [];
  for (let mark = least; mark < least + span + step; mark += step) {
    marks.push(mark);
    if (mark >= most && marks.length > 1) break;
  }
  return marks;
}

/** Every how many-th label there is room for. */
export const labelEvery = (labels: number, width: number, labelWidth: number): number =>
  Math.max(1, Math.ceil((labels * labelWidth) / Math.max(width, 1)));
