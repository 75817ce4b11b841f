import type { Registry } from 'prom-client';

/** Samples that are written in one go, within a few milliseconds; each turn of others makes the scrape wait. */
const SAMPLES_AT_ONCE = 2_500;

type Labels = Readonly<Record<string, string | number>>;

interface Collected {
  name: string;
  help: string;
  type: string;
  values: readonly {
    value: number;
    labels?: Labels;
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
  for (const { name, help, type, values } of metrics) {
    let text = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
    for (const { metricName = name, labels = {}, sharedLabels = {}, value } of values) {
      const inBraces = joined(labels, common, sharedLabels);
      text += `${metricName}${inBraces === '' ? '' : `{${inBraces}}`} ${numeral(value)}\n`;
      if ((sinceTurn += 1) < SAMPLES_AT_ONCE) continue;
      sinceTurn = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    parts.push(text);
  }
  return parts.join('\n');
}

function joined(labels: Labels, common: Labels, shared: Labels): string {
  let text = '';
  for (const name in labels) text += `,${name}="${labelValue(labels[name])}"`;
  for (const name in common) {
    if (!(name in labels) && !(name in shared)) text += `,${name}="${labelValue(common[name])}"`;
  }
  for (const name in shared) text += `,${name}="${labelValue(shared[name])}"`;
  return text.slice(1);
}

const labelValue = (value: string | number | undefined): string => {
  const text = String(value);
  return SPECIAL.test(text) ? escaped(text).replaceAll('"', '\\"') : text;
};

const SPECIAL = /[\\\n"]/;

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const numeral = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
