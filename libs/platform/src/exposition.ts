import type { Registry } from 'prom-client';
import { escaped, labelText, type Labels } from './label-text.js';

/** Samples that are written in one go, within a few milliseconds; each turn of others makes the scrape wait. */
const SAMPLES_AT_ONCE = 2_500;

interface Collected {
  name: string;
  help: string;
  type: string;
  values: readonly {
    value: number;
    labels?: Labels;
    /** The same as text, where it is known already. */
    labelText?: string;
    /** Of all series of a histogram's observer; never a name that `labels` has. */
    sharedLabels?: Labels;
    metricName?: string;
  }[];
}

interface Collector {
  get(): Promise<Collected>;
  getForPromString?(): Promise<Collected>;
}

/**
 * Every metric in the text format of Prometheus. prom-client's own writer takes several times as long, and all of it
 * in one go, while the consumers wait; here others get their turn in between.
 *
 * @param common labels of every series that has none of that name itself
 */
export async function exposition(registry: Registry, common: Labels): Promise<string> {
  const collectors = registry.getMetricsAsArray() as unknown as Collector[];
  const metrics = await Promise.all(collectors.map((metric) => metric.getForPromString?.() ?? metric.get()));
  const parts: string[] = [];
  let sinceTurn = 0;
  const commonText = labelText(common);
  for (const { name, help, type, values } of metrics) {
    const lines = [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`];
    for (const sample of values) {
      const { labels = NONE, sharedLabels: shared = NONE, metricName = name } = sample;
      let inBraces = sample.labelText ?? labelText(labels);
      inBraces = joined(inBraces, ofOthers(common, commonText, labels, shared));
      if (shared !== NONE) inBraces = joined(inBraces, labelText(shared));
      lines.push(`${metricName}${inBraces === '' ? '' : `{${inBraces}}`} ${numeral(sample.value)}`);
      if ((sinceTurn += 1) < SAMPLES_AT_ONCE) continue;
      sinceTurn = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    parts.push(`${lines.join('\n')}\n`);
  }
  return parts.join('\n');
}

const NONE: Labels = {};

const joined = (a: string, b: string): string => (a === '' ? b : b === '' ? a : `${a},${b}`);

/** The common labels but for those that a series has itself. */
function ofOthers(common: Labels, commonText: string, labels: Labels, shared: Labels): string {
  for (const name in common) {
    if (!(name in labels) && !(name in shared)) continue;
    const others = Object.entries(common).filter(([other]) => !(other in labels) && !(other in shared));
    return labelText(Object.fromEntries(others));
  }
  return commonText;
}

const numeral = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
