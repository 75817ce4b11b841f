import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '#libs/platform';
import { pollUntil } from '#libs/testing';
import {
  alertmanagerOf,
  type AlertmanagerRoute,
  prometheusOf,
} from '../apps/demo/src/deployed-monitoring.js';

const RULES = 'deploy/prometheus/rules';
const TOOLS = ['prometheus', 'promtool', 'prometheus-alertmanager', 'amtool'] as const;

/** Prometheus and Alertmanager with their tools are installed here. */
export const isMonitoringInstalled = TOOLS.every(
  (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0,
);

export interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** What Alertmanager sends to a webhook, and when and where it came. */
export interface Notification {
  at: number;
  receiver: string;
  status: 'firing' | 'resolved';
  alerts: (Alert & { status: 'firing' | 'resolved' })[];
}

export interface ActiveAlert extends Alert {
  status: { state: 'active' | 'suppressed' | 'unprocessed'; inhibitedBy: string[] };
}

interface RuleFile {
  groups: { interval?: string; rules: { alert?: string; expr: string; for?: string }[] }[];
}

/**
 * A Prometheus and an Alertmanager with the configuration of `deploy/`, and a receiver of their webhooks. What
 * differs: addresses; everything is asked every 5 s, a minute of patience is ten seconds, and office hours are always.
 */
export class Monitoring {
  readonly notifications: Notification[] = [];
  private readonly children: ChildProcess[] = [];

  private constructor(
    private readonly folder: string,
    private readonly receiver: Server,
    readonly prometheus: string,
    readonly alertmanager: string,
  ) {}

  /**
   * @param targets `host:port` of what is scraped
   * @param history OpenMetrics text of samples from before the start, which Prometheus finds on its disk
   */
  static async start(targets: readonly string[], history: string): Promise<Monitoring> {
    const folder = await mkdtemp(join(tmpdir(), 'dunghan-monitoring-'));
    const receiver = createServer();
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const [prometheus, alertmanager] = [await freePort(), await freePort()];
    const monitoring = new Monitoring(
      ...([folder, receiver, `http://127.0.0.1:${prometheus}`, `http://127.0.0.1:${alertmanager}`] as const),
    );
    monitoring.receive();
    const receiverPort = (receiver.address() as AddressInfo).port;
    await monitoring.writeAlertmanager(receiverPort);
    await monitoring.writePrometheus(targets, `127.0.0.1:${alertmanager}`);
    await monitoring.writeHistory(history);
    monitoring.run('prometheus-alertmanager', [
      `--config.file=${folder}/alertmanager.yml`,
      `--storage.path=${folder}/alertmanager`,
      `--web.listen-address=127.0.0.1:${alertmanager}`,
      '--cluster.listen-address=',
    ]);
    monitoring.run('prometheus', [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${prometheus}`,
      '--storage.tsdb.retention.time=90d',
    ]);
    for (const url of [monitoring.prometheus, monitoring.alertmanager]) {
      await pollUntil(`${url} to be ready`, 30_000, async () => {
        const response = await fetch(`${url}/-/ready`).catch(() => undefined);
        return response?.ok ?? false;
      });
    }
    return monitoring;
  }

  async stop(): Promise<void> {
    for (const child of this.children) {
      const exited = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await exited;
    }
    this.receiver.close();
    this.receiver.closeAllConnections();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What Alertmanager holds of an alert now. */
  async active(alertname: string): Promise<ActiveAlert[]> {
    const filter = encodeURIComponent(`alertname="${alertname}"`);
    const response = await fetch(`${this.alertmanager}/api/v2/alerts?filter=${filter}`);
    return (await response.json()) as ActiveAlert[];
  }

  /** Waits until the receiver has been told that the alert fires, or is over; the notification. */
  async told(
    alertname: string,
    status: Notification['status'],
    withinMs: number,
    where: Record<string, string> = {},
  ): Promise<{ at: number; receiver: string; alert: Alert }> {
    const find = () => {
      for (const { at, receiver, alerts } of this.notifications) {
        const alert = alerts.find(
          ({ labels, status: own }) =>
            own === status &&
            labels.alertname === alertname &&
            Object.entries(where).every(([label, value]) => labels[label] === value),
        );
        if (alert) return { at, receiver, alert };
      }
      return undefined;
    };
    await pollUntil(`${alertname} to be told as ${status}`, withinMs, () =>
      Promise.resolve(Boolean(find())),
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await this.state(alertname)}`);
    });
    const found = find();
    if (!found) throw new Error('it was there a moment ago');
    return found;
  }

  /** For the message of a test that failed. */
  private async state(alertname: string): Promise<string> {
    const response = await fetch(`${this.prometheus}/api/v1/alerts`);
    const { data } = (await response.json()) as { data: { alerts: { labels: { alertname: string } }[] } };
    const told = this.notifications.map(({ receiver, status, alerts }) =>
      [receiver, status, ...alerts.map(({ labels }) => labels.alertname)].join(' '),
    );
    return JSON.stringify({
      alerts: data.alerts.filter(({ labels }) => labels.alertname === alertname),
      told,
    });
  }

  private receive(): void {
    this.receiver.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { status, alerts } = JSON.parse(Buffer.concat(chunks).toString()) as Notification;
        this.notifications.push({ at: Date.now(), receiver: (request.url ?? '').slice(1), status, alerts });
        response.end();
      });
    });
  }

  private async writeAlertmanager(receiverPort: number): Promise<void> {
    const config = alertmanagerOf((receiver) => `http://127.0.0.1:${receiverPort}/${receiver}`);
    const hasten = (route: AlertmanagerRoute): void => {
      route.group_wait = '1s';
      route.group_interval = '1s';
      delete route.mute_time_intervals;
      route.routes?.forEach(hasten);
    };
    hasten(config.route);
    config.templates = [resolve('deploy/alertmanager/templates/*.tmpl')];
    await writeFile(join(this.folder, 'alertmanager.yml'), stringify(config));
  }

  private async writePrometheus(targets: readonly string[], alertmanager: string): Promise<void> {
    await mkdir(join(this.folder, 'rules'));
    for (const name of await readdir(RULES)) {
      const file = parse(await readFile(join(RULES, name), 'utf8')) as RuleFile;
      for (const group of file.groups) {
        group.interval = '5s';
        for (const rule of group.rules) {
          if (rule.for) rule.for = '0s';
          if (rule.alert !== 'ConsumerStalled') continue;
          rule.expr = rule.expr.replace('> 60', '> 10').replace('offset 1m', 'offset 10s');
        }
      }
      await writeFile(join(this.folder, 'rules', name), stringify(file));
    }
    await writeFile(join(this.folder, 'prometheus.yml'), stringify(prometheusOf(targets, alertmanager)));
  }

  private async writeHistory(history: string): Promise<void> {
    await mkdir(join(this.folder, 'data'));
    const path = join(this.folder, 'history.txt');
    await writeFile(path, history);
    const { status, stderr } = spawnSync(
      ...([
        'promtool',
        ['tsdb', 'create-blocks-from', 'openmetrics', path, join(this.folder, 'data')],
        { encoding: 'utf8' },
      ] as const),
    );
    if (status !== 0) throw new Error(`promtool could not write the history: ${stderr}`);
  }

  private run(command: string, args: string[]): void {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'] });
    this.children.push(child);
  }
}
