import { describe, expect, it } from '@jest/globals';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { exposition } from './exposition.js';

describe('the text of all metrics', () => {
  it('is what prom-client writes, whatever the kind, the labels and the values', async () => {
    const registry = new Registry();
    const registers = [registry];
    registry.setDefaultLabels({ app: 'spec', place: 'elsewhere' });
    const common = { app: 'spec', place: 'elsewhere' };
    new Counter({ name: 'spec_plain_total', help: 'Without labels.', registers }).inc(3);
    const gauge = new Gauge({
      ...{ name: 'spec_gauge', help: 'Back\\slash,\nnew line.', labelNames: ['place', 'n'], registers },
    });
    for (const [place, value] of [
      ['"quoted"', 0.1],
      ['back\\slash\nnew line', 1e21],
      ['', -3],
      ['Cơ quan', Infinity],
      ['nowhere', -Infinity],
    ] as const) {
      gauge.set({ place, n: 7 }, value);
    }
    new Gauge({ name: 'spec_empty', help: 'No sample.', labelNames: ['place'], registers });
    const histogram = new Histogram({
      ...{ name: 'spec_seconds', help: 'H.', labelNames: ['route'], buckets: [0.1, 1], registers },
    });
    histogram.observe({ route: '/a' }, 0.5);
    histogram.observe({ route: '/b' }, 5);
    const placed = new Histogram({ name: 'spec_placed', help: 'H.', labelNames: ['place'], registers });
    placed.observe({ place: 'here' }, 1);
    new Summary({ name: 'spec_summary', help: 'S.', percentiles: [0.5], registers }).observe(2);
    expect(await exposition(registry, common)).toBe(await registry.metrics());
  });

  it('lets others have their turn while it writes thousands of samples', async () => {
    const registry = new Registry();
    const gauge = new Gauge({ name: 'spec_many', help: 'M.', labelNames: ['n'], registers: [registry] });
    for (let n = 0; n < 15_000; n += 1) gauge.set({ n }, n);
    let turns = 0;
    let writing = true;
    const others = (): void => {
      if (!writing) return;
      turns += 1;
      setImmediate(others);
    };
    setImmediate(others);
    const text = await exposition(registry, {});
    writing = false;
    expect(text.match(/^spec_many/gm)).toHaveLength(15_000);
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});
