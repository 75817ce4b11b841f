import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Addresses, grafanaRules, type RuleFile } from './alert-rules.js';
import { boards } from './boards.js';
import { type AlertmanagerFile, grafanaNotifications } from './notifications.js';

const RULES = 'deploy/prometheus/rules';
const OUT = 'deploy/grafana';

const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));

/** Dashboards and Grafana's copies of alerts and routes, by path from the project's root. */
export function generated(): Record<string, string> {
  const { global } = read('deploy/prometheus/prometheus.yml') as { global: { external_labels: Addresses } };
  const addresses = global.external_labels;
  const page = addresses.runbooks.replace(/\/runbooks$/, '');
  const rules = readdirSync(RULES)
    .sort()
    .map((name) => read(join(RULES, name)) as RuleFile);
  const alertmanager = read('deploy/alertmanager/alertmanager.yml') as AlertmanagerFile;
  return {
    ...Object.fromEntries(
      boards(page).map((board) => [
        `${OUT}/dashboards/${board.uid}.json`,
        `${JSON.stringify(board, null, 2)}\n`,
      ]),
    ),
    [`${OUT}/alerting/rules.yml`]: yaml(grafanaRules(rules, addresses)),
    [`${OUT}/alerting/notifications.yml`]: yaml(grafanaNotifications(alertmanager)),
  };
}

/** Grafana reads YAML 1.1, to which a bare `yes` is no text and `17:00` a number. */
const YAML = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;

/** The builders of the SDK leave functions on what they build; JSON has none. */
const plain = (document: object): unknown => JSON.parse(JSON.stringify(document));

const yaml = (document: object): string =>
  `# Generated from deploy/prometheus and deploy/alertmanager (npm run generate); do not edit.\n${stringify(plain(document), YAML)}`;
