import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What the alerts promise beyond their syntax, which promtool judges (e2e/alerts.e2e.spec.ts). */

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface RuleTest {
  name: string;
  alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[];
}

const read = (path: string) => readFileSync(path, 'utf8');
const filesIn = (folder: string) => readdirSync(folder).map((name) => `${folder}/${name}`);
const rules = filesIn('deploy/prometheus/rules').flatMap((path) =>
  (parse(read(path)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);
const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const names = [...new Set(alerts.map(({ alert }) => alert))].sort();
const tests = filesIn('deploy/prometheus/tests').flatMap(
  (path) => (parse(read(path)) as { tests: RuleTest[] }).tests,
);

/** Every series that there is: ours by docs/metrics.md, those recorded, and Prometheus's own `up`. */
const series = new Set([
  ...[...read('docs/metrics.md').matchAll(/^\| `(dossier_\w+)` \| (\w+)/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['', '_bucket', '_count', '_sum'].map((suffix) => name + suffix) : [name],
  ),
  ...rules.flatMap(({ record }) => record ?? []),
  'up',
]);
const seriesIn = (text: string) =>
  [...text.matchAll(/\b(?:[a-z_]+:)?dossier_\w+(?::\w+)?|\bdossier:\w+:\w+/g)].map(([name]) => name);

describe('the rules', () => {
  it('name only series that exist', () => {
    const unknown = rules.flatMap(({ expr, alert, record }) =>
      seriesIn(expr)
        .filter((name) => !series.has(name))
        .map((name) => `${alert ?? record}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s tells whom, how urgent and what to do',
    (_, rule) => {
      const { alert, labels = {}, annotations = {} } = rule;
      expect(alert).toMatch(/^([A-Z][a-z]+)+$/);
      expect(['page', 'ticket', 'notice', 'heartbeat']).toContain(labels.severity);
      expect(['platform', 'agency', 'leadership']).toContain(labels.team);
      expect(annotations.summary).toBeTruthy();
      expect(annotations.runbook_url).toBe(`{{ $externalLabels.runbooks }}/${alert}.md`);
      expect(annotations.dashboard_url).toMatch(/^\{\{ \$externalLabels\.grafana \}\}\/d\/dunghan-[a-z]+/);
      // Without its figure an alert cannot be judged from a telephone.
      if (!['TargetDown', 'Watchdog'].includes(alert)) expect(annotations.description).toContain('$value');
      // About an agency: its name, and the dashboard of that agency.
      if (labels.team !== 'platform') {
        expect(annotations.description).toContain('{{ $labels.agency }}');
        expect(annotations.dashboard_url).toContain('var-agency={{ $labels.agency | urlquery }}');
      }
    },
  );

  it.each(names)('%s is tested to fire and to stay silent', (name) => {
    const judged = tests.flatMap(({ alert_rule_test = [] }) =>
      alert_rule_test.filter(({ alertname }) => alertname === name),
    );
    expect(judged.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
    if (name !== 'Watchdog') expect(judged.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true);
  });
});

describe('the runbooks', () => {
  const commands = (parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
  const { paths } = JSON.parse(read('docs/openapi.json')) as { paths: Record<string, unknown> };
  const templates = Object.keys(paths).map((path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));
  const tables = new Set(
    [...read('libs/store/src/entities.ts').matchAll(/schema: '(\w+)', name: '(\w+)'/g)].map(
      ([, schema, table]) => `${schema}.${table}`,
    ),
  );

  it('are one for each alert', () => {
    expect(readdirSync('docs/runbooks').sort()).toEqual(names.map((name) => `${name}.md`));
  });

  it.each(names)('%s has every part, and names only what exists', (name) => {
    const text = read(`docs/runbooks/${name}.md`);
    const { severity, team } = alerts.find(({ alert }) => alert === name)?.labels ?? {};
    expect(text).toMatch(new RegExp(`^# ${name}\n`));
    expect(text).toContain(`Mức: \`${severity}\` · Nhóm: \`${team}\``);
    const parts = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(parts).toEqual([
      'Với người dân',
      'Ba việc đầu tiên',
      'Nguyên nhân thường gặp',
      'Đừng',
      'Hết khi nào',
    ]);
    // Three steps, each with what is to be seen.
    expect([...text.matchAll(/^\d\. .+\n {3}→ .+$/gm)]).toHaveLength(3);

    expect(seriesIn(text).filter((one) => !series.has(one))).toEqual([]);
    for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      expect(Object.keys(commands)).toContain(script);
    for (const [, path = ''] of text.matchAll(/127\.0\.0\.1:808\d(\/[\w./-]*)/g)) {
      expect([path, templates.some((template) => template.test(path))]).toEqual([path, true]);
    }
    for (const [table] of text.matchAll(/\b(?:log|processing|reporting)\.[a-z_]+\b/g))
      expect(tables).toContain(table);
  });
});

describe('notices outside working hours', () => {
  const { time_intervals, route } = parse(read('deploy/alertmanager/alertmanager.yml')) as {
    time_intervals: {
      name: string;
      time_intervals: Record<'years' | 'months' | 'days_of_month', string[]>[];
    }[];
    route: { routes: { matchers: string[]; mute_time_intervals?: string[] }[] };
  };

  it('are muted on exactly the public holidays that the working calendar knows, from its last two years on', () => {
    const { days } = JSON.parse(read('data/calendars/default.json')) as {
      days: { on: string; kind: string }[];
    };
    const lastYear = Number(days.at(-1)?.on.slice(0, 4));
    const wanted = days.filter(
      ({ on, kind }) => kind === 'off' && on >= String(lastYear - 1) && [1, 2, 3, 4, 5].includes(weekday(on)),
    );
    const muted = time_intervals
      .filter(({ name }) => name === 'public-holidays')
      .flatMap((interval) => interval.time_intervals)
      .flatMap(({ years: [year], months: [month], days_of_month: [range = ''] }) => {
        const [from = 0, to = from] = range.split(':').map(Number);
        return Array.from({ length: to - from + 1 }, (_, nth) =>
          [year, month?.padStart(2, '0'), String(from + nth).padStart(2, '0')].join('-'),
        );
      });
    expect(wanted.length).toBeGreaterThan(10);
    expect(muted).toEqual(wanted.map(({ on }) => on));
  });

  it('are muted but for those whose time the law sets and those that page', () => {
    const muted = route.routes.filter(({ mute_time_intervals }) => mute_time_intervals);
    expect(muted.map(({ matchers }) => matchers.join())).toEqual(['team = agency', 'team = leadership']);
    for (const { mute_time_intervals } of muted) {
      expect(mute_time_intervals).toEqual(time_intervals.map(({ name }) => name));
    }
  });
});

const weekday = (on: string): number => new Date(`${on}T00:00:00Z`).getUTCDay();
