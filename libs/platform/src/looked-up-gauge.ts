import { type Labels, labelText } from './label-text.js';

export interface GaugeSpec {
  name: string;
  /** What it says, and what to do about it. */
  help: string;
  labelNames?: readonly string[];
}

/** A sample, and its labels as they are written. */
interface Sample {
  labels: Labels;
  labelText: string;
  value: number;
}

/**
 * A gauge that is filled anew for every scrape, for prom-client's registry. Its own gauge sorts and joins names and
 * values of the labels of each sample, which for thousands of samples holds up the event loop for longer than
 * looking them up. Here the labels are written once, and told apart by what is written.
 */
export class LookedUpGauge {
  readonly type = 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  private samples = new Map<string, Sample>();

  /** @param collect fills it; asked for in every scrape */
  constructor(
    { name, help, labelNames = [] }: GaugeSpec,
    private readonly collect: () => Promise<void>,
  ) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
  }

  set(value: number): void;
  set(labels: Labels, value: number): void;
  set(labels: Labels | number, value = 0): void {
    if (typeof labels === 'number') {
      this.samples.set('', { labels: {}, labelText: '', value: labels });
      return;
    }
    const text = labelText(labels);
    this.samples.set(text, { labels, labelText: text, value });
  }

  /** Without samples it is missing from the scrape: a zero would be a figure. */
  reset(): void {
    this.samples = new Map();
  }

  async get() {
    await this.collect();
    const { name, help, type } = this;
    return { name, help, type, values: [...this.samples.values()] };
  }
}
