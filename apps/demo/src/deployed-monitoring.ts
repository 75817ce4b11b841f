import { parse } from 'yaml';
import { readRepositoryText } from './repository.js';

/** What is changed of `deploy/prometheus/prometheus.yml`; the rest passes through. */
export interface PrometheusConfig {
  global: { external_labels: Record<string, string>; [setting: string]: unknown };
  rule_files: string[];
  alerting: { alertmanagers: unknown; [setting: string]: unknown };
  scrape_configs: unknown;
}

/** What is changed of `deploy/alertmanager/alertmanager.yml`; the rest passes through. */
export interface AlertmanagerConfig {
  templates: string[];
  route: AlertmanagerRoute;
  receivers: { name: string; webhook_configs?: { url: string }[]; email_configs?: unknown }[];
  [setting: string]: unknown;
}

export interface AlertmanagerRoute {
  receiver?: string;
  group_wait?: string;
  group_interval?: string;
  mute_time_intervals?: string[];
  routes?: AlertmanagerRoute[];
}

/** Often enough for a person, or a test, that waits for it. */
const EVERY = '5s';

/**
 * Prometheus as deployed, on this machine: other addresses, and asking more often. It expects the rules in `rules/`
 * beside it.
 *
 * @param targets `host:port` of what is scraped
 * @param alertmanager `host:port`
 * @param runbooks where the alerts lead, if not to the deployed address
 */
export function prometheusOf(
  targets: readonly string[],
  alertmanager: string,
  runbooks?: string,
): PrometheusConfig {
  const config = parse(readRepositoryText('deploy/prometheus/prometheus.yml')) as PrometheusConfig;
  Object.assign(config.global, { scrape_interval: EVERY, evaluation_interval: EVERY });
  if (runbooks !== undefined) config.global.external_labels.runbooks = runbooks;
  config.alerting.alertmanagers = [{ static_configs: [{ targets: [alertmanager] }] }];
  config.scrape_configs = [{ job_name: 'dunghan', static_configs: [{ targets }] }];
  return config;
}

/**
 * Alertmanager as deployed, on a machine without a mail server: nobody is sent an e-mail, whatever the routes say.
 * It expects the templates in `templates/` beside it.
 *
 * @param webhookOf where the webhooks of a receiver go; without it nowhere
 */
export function alertmanagerOf(webhookOf?: (receiver: string) => string): AlertmanagerConfig {
  const config = parse(readRepositoryText('deploy/alertmanager/alertmanager.yml')) as AlertmanagerConfig;
  for (const receiver of config.receivers) {
    delete receiver.email_configs;
    if (!webhookOf) delete receiver.webhook_configs;
    for (const webhook of receiver.webhook_configs ?? []) webhook.url = webhookOf?.(receiver.name) ?? '';
  }
  return config;
}
