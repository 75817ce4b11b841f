import { QueryBuilder, type Rule, RuleBuilder } from '@grafana/grafana-foundation-sdk/alerting';
import { TypeMathBuilder } from '@grafana/grafana-foundation-sdk/expr';
import { latest, PROMETHEUS } from './queries.js';

/** A rule file of Prometheus, as far as alerts go. */
export interface RuleFile {
  groups: {
    name: string;
    interval: string;
    rules: {
      alert?: string;
      expr: string;
      for?: string;
      labels: Record<string, string>;
      annotations: Record<string, string>;
    }[];
  }[];
}

/** Where annotations lead; Prometheus has them as external labels, which Grafana does not know. */
export type Addresses = Record<'grafana' | 'runbooks', string>;

export const FOLDER = 'Đúng Hạn';

/**
 * The alerts of Prometheus as rules that Grafana evaluates itself, in the form of its provisioning files. Recorded
 * series still come from Prometheus.
 */
export function grafanaRules(files: readonly RuleFile[], addresses: Addresses): object {
  const groups = files.flatMap(({ groups: ofFile }) =>
    ofFile.map(({ name, interval, rules }) => ({
      orgId: 1,
      name,
      folder: FOLDER,
      interval,
      rules: rules.flatMap((rule) => (rule.alert ? [provisioned(rule.alert, rule, addresses)] : [])),
    })),
  );
  return { apiVersion: 1, groups: groups.filter(({ rules }) => rules.length > 0) };
}

type SourceRule = RuleFile['groups'][number]['rules'][number];

function provisioned(alert: string, rule: SourceRule, addresses: Addresses): object {
  // Two rules of one name are told apart by their cause; Grafana wants titles, and names the alert by them.
  const title = rule.labels['cause'] ? `${alert} (${rule.labels['cause']})` : alert;
  const uid = `dunghan-${title
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-')
    .replace(/-$/, '')}`;
  const built: Rule = new RuleBuilder(title)
    .uid(uid)
    // An expression of Prometheus gives a series where it holds, whatever its value, and none elsewhere.
    .condition('B')
    .queries([
      new QueryBuilder('A')
        .datasourceUid(PROMETHEUS.uid ?? '')
        .relativeTimeRange({ from: 600, to: 0 })
        .model(latest(rule.expr.trim()).refId('A')),
      new QueryBuilder('B')
        .datasourceUid('__expr__')
        .relativeTimeRange({ from: 600, to: 0 })
        .model(new TypeMathBuilder().refId('B').expression('is_number($A)')),
    ])
    .noDataState('OK')
    .execErrState('Error')
    .forDuration(rule.for ?? '0s')
    .labels(rule.labels)
    .annotations(
      Object.fromEntries(
        Object.entries(rule.annotations).map(([name, text]) => [name, translated(text, addresses)]),
      ),
    )
    .build();
  const { folderUID: _folder, orgID: _organisation, ruleGroup: _group, ...file } = built;
  return file;
}

/** Templates of Prometheus in the words of Grafana, whose `$value` is something else. */
const translated = (text: string, addresses: Addresses): string =>
  text
    .trim()
    .replaceAll(
      /\{\{ \$externalLabels\.(grafana|runbooks) \}\}/g,
      (_, name: keyof Addresses) => addresses[name],
    )
    .replaceAll(/\$value\b/g, '$values.A.Value');
