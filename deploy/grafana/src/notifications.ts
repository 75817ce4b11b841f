/** What Alertmanager's configuration says about whom to tell, as far as Grafana has the same. */
export interface AlertmanagerFile {
  route: Route;
  time_intervals: object[];
  receivers: {
    name: string;
    webhook_configs: { url: string; send_resolved?: boolean }[];
    email_configs?: { to: string }[];
  }[];
}

interface Route {
  receiver: string;
  matchers?: string[];
  group_by?: string[];
  group_wait?: string;
  group_interval?: string;
  repeat_interval?: string;
  mute_time_intervals?: string[];
  routes?: Route[];
}

/**
 * Contact points, policy and mute timings of Alertmanager for Grafana's own alerting. Grafana cannot inhibit: a
 * silent source then looks like late officials, which is why Alertmanager is the default.
 */
export const grafanaNotifications = ({ route, receivers, time_intervals }: AlertmanagerFile): object => ({
  apiVersion: 1,
  contactPoints: receivers.map(({ name, webhook_configs, email_configs = [] }) => ({
    orgId: 1,
    name,
    receivers: [
      ...webhook_configs.map(({ url, send_resolved = true }) => ({
        uid: `dunghan-${name}-webhook`,
        type: 'webhook',
        disableResolveMessage: !send_resolved,
        settings: { url },
      })),
      ...email_configs.map(({ to }) => ({
        uid: `dunghan-${name}-email`,
        type: 'email',
        settings: { addresses: to },
      })),
    ],
  })),
  muteTimes: time_intervals.map((interval) => ({ orgId: 1, ...interval })),
  policies: [{ orgId: 1, ...policyOf(route) }],
});

const policyOf = ({ matchers, routes, ...route }: Route): object => ({
  ...route,
  ...(matchers && { object_matchers: matchers.map(matcherOf) }),
  ...(routes && { routes: routes.map(policyOf) }),
});

/** `label = value` as Grafana writes it. */
function matcherOf(matcher: string): [string, string, string] {
  const [, label, operator, value] = /^\s*(\w+)\s*(=~|!~|!=|=)\s*"?([^"]*?)"?\s*$/.exec(matcher) ?? [];
  if (!label || !operator || value === undefined) throw new Error(`cannot read the matcher ${matcher}`);
  return [label, operator, value];
}
