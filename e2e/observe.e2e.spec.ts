import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { freePort } from '#libs/platform';
import { isAlive, isReady, pollUntil } from '#libs/testing';
import { findMonitoring } from '../apps/demo/src/find-monitoring.js';

jest.setTimeout(180_000);

const isExpected = findMonitoring(process.env) !== undefined || process.env.CI === 'true';
if (!isExpected) {
  console.warn(
    '!! npm run demo -- --observe NOT TESTED: install Prometheus and Alertmanager (apt-get install prometheus prometheus-alertmanager).',
  );
}
const describeHere = isExpected ? describe : describe.skip;

const RULES = 'deploy/prometheus/rules';
const STARTS_WITHIN_MS = 60_000;

/** What the demo says of one that watches. */
interface Told {
  url: string;
  pid: number;
}

/** A demo as somebody starts it, on a folder and a port of its own. */
class Demo {
  private said = '';
  /** How it ended; undefined while it runs. */
  ended: string | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly host: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.said += chunk.toString('utf8')));
    }
    child.once('exit', (code, signal) => (this.ended = signal ?? `exit code ${code}`));
  }

  static async start(folder: string, env: Record<string, string> = {}): Promise<Demo> {
    const port = await freePort();
    const args = ['--observe', '--scale', '2000', '--folder', folder, '--port', String(port)];
    const child = spawn(process.execPath, ['dist/apps/demo/src/main.js', ...args], {
      env: { ...process.env, NODE_OPTIONS: '', HOST: '127.0.0.1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Demo(child, `127.0.0.1:${port}`);
  }

  async says(text: string): Promise<void> {
    await pollUntil(`the demo to say “${text}”`, STARTS_WITHIN_MS, () => {
      if (this.ended !== undefined) throw new Error(`the demo has ended (${this.ended})`);
      return Promise.resolve(this.said.includes(text));
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.said}`);
    });
  }

  /** Both, once they are there. */
  async observers(): Promise<{ prometheus: Told; alertmanager: Told }> {
    await this.says('their data go when the demo stops.');
    const [prometheus, alertmanager] = ['Prometheus', 'Alertmanager'].map((name): Told => {
      const line = new RegExp(`^${name}: (http://127\\.0\\.0\\.1:\\d+)/ .*process (\\d+),`, 'm');
      const [, url, pid] = line.exec(this.said) ?? [];
      if (!url || !pid) throw new Error(`${name} is not told:\n${this.said}`);
      return { url, pid: Number(pid) };
    });
    if (!prometheus || !alertmanager) throw new Error('both were looked for');
    return { prometheus, alertmanager };
  }

  /** @returns how it ended */
  async end(signal: NodeJS.Signals): Promise<string> {
    this.child.kill(signal);
    await pollUntil(`the demo to end with ${signal}`, 60_000, () =>
      Promise.resolve(this.ended !== undefined),
    );
    return this.ended ?? '';
  }
}

async function ask<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

/** All alerts of the deployed rules, by name. */
async function deployedAlerts(): Promise<string[]> {
  const texts = await Promise.all((await readdir(RULES)).map((name) => readFile(join(RULES, name), 'utf8')));
  return texts
    .map((text) => parse(text) as { groups: { rules: { alert?: string }[] }[] })
    .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? [])))
    .sort();
}

/** Addresses under which other machines would reach this one. */
function outerAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

describeHere('npm run demo -- --observe', () => {
  let folder: string;
  let programs: string;
  let demo: Demo | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dunghan-observe-'));
    programs = await mkdtemp(join(tmpdir(), 'dunghan-programs-'));
  });
  afterEach(async () => {
    // One that is not there any more needs no signal.
    if (demo && demo.ended === undefined) await demo.end('SIGTERM');
    demo = undefined;
    const home = (await readFile(join(folder, 'WHERE'), 'utf8').catch(() => folder)).trim();
    for (const path of [folder, home, programs]) await rm(path, { recursive: true, force: true });
  });

  const observersFolders = async () => (await readdir(folder)).filter((name) => name.startsWith('observe-'));

  it('is watched with the deployed rules, on this machine only; with Ctrl-C both go, and their data', async () => {
    demo = await Demo.start(folder);
    const { prometheus, alertmanager } = await demo.observers();

    const query = `${prometheus.url}/api/v1/query?query=up`;
    const up = async () => {
      const { data } = await ask<{ data: { result: { metric: object; value: [number, string] }[] } }>(query);
      return data.result.map(({ metric, value }) => ({ ...metric, value: value[1] }));
    };
    await pollUntil('the first scrape', 60_000, async () => (await up()).some(({ value }) => value === '1'));
    expect(await up()).toEqual([{ __name__: 'up', job: 'dunghan', instance: demo.host, value: '1' }]);

    const { data } = await ask<{ data: { groups: { rules: { type: string; name: string }[] }[] } }>(
      `${prometheus.url}/api/v1/rules`,
    );
    const loaded = data.groups.flatMap(({ rules }) => rules).filter(({ type }) => type === 'alerting');
    expect(loaded.map(({ name }) => name).sort()).toEqual(await deployedAlerts());

    const known = await ask<{ data: { activeAlertmanagers: { url: string }[] } }>(
      `${prometheus.url}/api/v1/alertmanagers`,
    );
    expect(known.data.activeAlertmanagers).toEqual([{ url: `${alertmanager.url}/api/v2/alerts` }]);
    const { config } = await ask<{ config: { original: string } }>(`${alertmanager.url}/api/v2/status`);
    expect(config.original).not.toMatch(/email_configs|webhook_configs/);

    // The one alert that is always there goes the whole way, and leads to a page of this demo.
    const alerts = () =>
      ask<{ labels: { alertname: string }; annotations: { runbook_url: string } }[]>(
        `${alertmanager.url}/api/v2/alerts?filter=alertname%3DWatchdog`,
      );
    await pollUntil('the Watchdog in Alertmanager', 60_000, async () => (await alerts()).length > 0);
    const runbook = (await alerts())[0]?.annotations.runbook_url ?? '';
    expect(runbook).toBe(`http://${demo.host}/runbooks/Watchdog.md`);
    expect(await (await fetch(runbook)).text()).toMatch(/^# Watchdog\n/);

    for (const address of outerAddresses()) {
      for (const { url } of [prometheus, alertmanager]) {
        const outside = new URL(url);
        outside.hostname = address;
        await expect(fetch(outside, { signal: AbortSignal.timeout(5_000) })).rejects.toThrow();
      }
    }

    expect(await observersFolders()).toHaveLength(1);
    await demo.says('the page: ');
    expect(await demo.end('SIGINT')).toBe('exit code 0');
    expect([prometheus, alertmanager].filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(await observersFolders()).toEqual([]);
  });

  it('goes on when Prometheus dies, and says so; SIGTERM ends the other', async () => {
    demo = await Demo.start(folder);
    const { prometheus, alertmanager } = await demo.observers();
    process.kill(prometheus.pid, 'SIGKILL');
    await demo.says('Prometheus has ended by itself; the demo goes on.');
    await demo.says('the page: ');
    expect(await isReady(`http://${demo.host}`)).toBe(true);
    expect(isAlive(alertmanager.pid)).toBe(true);

    expect(await demo.end('SIGTERM')).toBe('exit code 0');
    expect(isAlive(alertmanager.pid)).toBe(false);
    expect(await observersFolders()).toEqual([]);
  });

  it('ends both when it is interrupted while it loads', async () => {
    demo = await Demo.start(folder);
    const { prometheus, alertmanager } = await demo.observers();
    await demo.end('SIGINT');
    expect([prometheus, alertmanager].filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(await observersFolders()).toEqual([]);
  });

  /** A program that comes before the installed one of that name. */
  const pretend = (name: string, script: string) =>
    writeFile(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  it('does without them where they are not installed, and says what to install', async () => {
    await pretend('prometheus', 'exit 127');
    demo = await Demo.start(folder, { PATH: `${programs}${delimiter}${process.env.PATH}` });
    await demo.says('  apt-get install prometheus prometheus-alertmanager');
    await demo.says('the page: ');
    expect(await demo.end('SIGINT')).toBe('exit code 0');
  });

  it('does without them when one does not start, and ends the other', async () => {
    const isVersion = '[ "$1" = --version ] && exit 0';
    const otherRuns = `until [ -s '${programs}/pid' ]; do sleep 0.1; done`;
    await pretend('prometheus', `${isVersion}\n${otherRuns}\necho no room left\nexit 3`);
    await pretend('prometheus-alertmanager', `${isVersion}\necho $$ >'${programs}/pid'\nexec sleep 600`);
    demo = await Demo.start(folder, { PATH: `${programs}${delimiter}${process.env.PATH}` });
    await demo.says(
      'could not be started; the demo goes on without them: Prometheus has ended (exit code 3).',
    );
    await demo.says('no room left');
    expect(isAlive(Number(await readFile(join(programs, 'pid'), 'utf8')))).toBe(false);
    expect(await observersFolders()).toEqual([]);
    await demo.says('the page: ');
    expect(await demo.end('SIGINT')).toBe('exit code 0');
  });
});
