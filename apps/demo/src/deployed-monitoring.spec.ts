import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { alertmanagerOf, prometheusOf } from './deployed-monitoring.js';
import { readRepositoryText } from './repository.js';

const deployed = (path: string) => parse(readRepositoryText(`deploy/${path}`)) as Record<string, unknown>;

describe('the deployed configuration on this machine', () => {
  it('lets Prometheus ask these targets and tell this Alertmanager, every 5 s', () => {
    const config = prometheusOf(['127.0.0.1:1', '127.0.0.1:2'], '127.0.0.1:3', 'http://127.0.0.1:1/runbooks');
    expect(config.scrape_configs).toEqual([
      { job_name: 'dunghan', static_configs: [{ targets: ['127.0.0.1:1', '127.0.0.1:2'] }] },
    ]);
    expect(config.alerting.alertmanagers).toEqual([{ static_configs: [{ targets: ['127.0.0.1:3'] }] }]);
    expect(config.global).toMatchObject({ scrape_interval: '5s', evaluation_interval: '5s' });
    expect(config.global.external_labels.runbooks).toBe('http://127.0.0.1:1/runbooks');
  });

  it('leaves the rest of Prometheus as it is: its rules, what is dropped from alerts, the other labels', () => {
    const before = prometheusOf([], '');
    const original = deployed('prometheus/prometheus.yml') as unknown as typeof before;
    expect(Object.keys(before)).toEqual(Object.keys(original));
    expect(before.rule_files).toEqual(['rules/*.yml']);
    expect(before.global.external_labels).toEqual(original.global.external_labels);
    expect({ ...before.alerting, alertmanagers: null }).toEqual({
      ...original.alerting,
      alertmanagers: null,
    });
  });

  it('has receivers that send nothing, and every route to them', () => {
    const config = alertmanagerOf();
    const original = deployed('alertmanager/alertmanager.yml') as unknown as typeof config;
    expect(config.receivers).toEqual(original.receivers.map(({ name }) => ({ name })));
    expect({ ...config, receivers: null }).toEqual({ ...original, receivers: null });
  });

  it('sends webhooks where they are wanted, by receiver, and still no e-mail', () => {
    const config = alertmanagerOf((receiver) => `http://127.0.0.1:4/${receiver}`);
    for (const { name, webhook_configs, email_configs } of config.receivers) {
      expect(webhook_configs?.map(({ url }) => url)).toEqual([`http://127.0.0.1:4/${name}`]);
      expect(email_configs).toBeUndefined();
    }
  });
});
