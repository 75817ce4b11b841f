import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { freePort, pause } from '#libs/platform';
import { type PrometheusConfig, prometheusOf } from '../../apps/demo/src/deployed-monitoring.js';
import { call } from './workload.js';

/** As the demo has it. */
const SCRAPED_EVERY_SECONDS = 5;
/** Always firing; it says that alerts can be heard. */
const HEARTBEAT = 'Watchdog';

interface Series {
  metric: Record<string, string>;
  values: [at: number, value: string][];
}

/** How many seconds an alert was seen in a state. */
export interface AlertSeen {
  name: string;
  state: 'pending' | 'firing';
  seconds: number;
}

/** A Prometheus with the rules of `deploy/`, patience and intervals as they are; only it asks every 5 s. */
export class AlertWatch {
  private constructor(
    private readonly folder: string,
    private readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /**
   * @param target `host:port` of what is scraped
   * @returns undefined where Prometheus is not installed
   */
  static async start(target: string): Promise<AlertWatch | undefined> {
    if (spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined;
    const folder = await mkdtemp(join(tmpdir(), 'dunghan-watch-'));
    const config: Partial<PrometheusConfig> = prometheusOf([target], '');
    config.rule_files = [resolve('deploy/prometheus/rules/*.yml')];
    // Nobody is told; what fires is asked for afterwards.
    delete config.alerting;
    await writeFile(join(folder, 'prometheus.yml'), stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=${address}`,
      ],
      { stdio: 'ignore' },
    );
    process.once('exit', () => child.kill());
    const watch = new AlertWatch(folder, `http://${address}`, child);
    await watch.ready().catch(async (error: unknown) => {
      await watch.stop();
      throw error;
    });
    return watch;
  }

  /** The platform's alerts between two instants, but for the heartbeat, which must have been there. */
  async seen(from: number, until: number): Promise<AlertSeen[]> {
    const series = await this.range('ALERTS{team="platform"}', from, until);
    if (!series.some(({ metric }) => metric['alertname'] === HEARTBEAT))
      throw new Error(`no ${HEARTBEAT}: the rules were not evaluated`);
    return series
      .filter(({ metric }) => metric['alertname'] !== HEARTBEAT)
      .map(({ metric, values }) => ({
        name: [metric['alertname'], metric['cause']].filter(Boolean).join('/'),
        state: metric['alertstate'] as AlertSeen['state'],
        seconds: values.length * SCRAPED_EVERY_SECONDS,
      }));
  }

  /** The highest value of a query between two instants; NaN: there was none. */
  async highest(query: string, from: number, until: number): Promise<number> {
    const values = (await this.range(query, from, until)).flatMap((one) => one.values);
    return values.length === 0 ? NaN : Math.max(...values.map(([, value]) => Number(value)));
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    if (this.child.exitCode === null && this.child.kill('SIGTERM')) await exited;
    await rm(this.folder, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    const until = Date.now() + 30_000;
    while (Date.now() < until) {
      const answer = await call(`${this.url}/-/ready`).catch(() => undefined);
      if (answer?.status === 200) return;
      await pause(100);
    }
    throw new Error('Prometheus was not ready within 30 s');
  }

  private async range(query: string, from: number, until: number): Promise<Series[]> {
    const parameters = new URLSearchParams({
      ...{ query, step: String(SCRAPED_EVERY_SECONDS) },
      ...{ start: String(from / 1_000), end: String(until / 1_000) },
    });
    const { status, body } = await call(`${this.url}/api/v1/query_range?${parameters.toString()}`);
    if (status !== 200) throw new Error(`Prometheus: ${status} ${body.slice(0, 300)}`);
    return (JSON.parse(body) as { data: { result: Series[] } }).data.result;
  }
}
