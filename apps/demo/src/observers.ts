import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '#libs/platform';
import { alertmanagerOf, prometheusOf } from './deployed-monitoring.js';
import { findMonitoring, type MonitoringPrograms } from './find-monitoring.js';
import { HttpClient } from './http.js';
import { answering, type LoggedProcess, startLogged } from './logged-process.js';
import { HOW_TO_INSTALL, hasEnded, notStarted } from './observers-words.js';
import { repositoryRoot } from './repository.js';
import { assertPortIsFree, type DemoServer } from './server.js';

/** Only this machine is to see them: neither asks who is there. */
const HOST = '127.0.0.1';
const READY_WITHIN_MS = 30_000;
const TITLES = { prometheus: 'Prometheus', alertmanager: 'Alertmanager' } as const;
/** Paths are below the folder in which they start. */
const ARGUMENTS: Readonly<Record<keyof MonitoringPrograms, readonly string[]>> = {
  prometheus: [
    '--config.file=prometheus.yml',
    '--storage.tsdb.path=prometheus',
    // In its first seconds it does not know Alertmanager yet; an alert of that time would be told again a minute later.
    '--rules.alert.resend-delay=5s',
  ],
  // One alone has nobody to talk to; without the last it would listen on every address for others.
  alertmanager: [
    '--config.file=alertmanager.yml',
    '--storage.path=alertmanager',
    '--cluster.listen-address=',
  ],
};

/** Prometheus and Alertmanager, watching the demo. */
export interface Observers {
  readonly prometheus: Observer;
  readonly alertmanager: Observer;
  /** Ends what is still there of them and removes their data; the logs stay. */
  stop(): Promise<void>;
}

export interface Observer {
  readonly url: string;
  readonly pid: number;
  readonly logFile: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Starts both with the configuration of `deploy/` and waits until they answer. The demo is worth seeing without them,
 * so what goes wrong with them is said, by `say`, and does not end it: not installed, not started, ended later.
 *
 * @param folder the demo's; their data get a folder of their own in it, a new one each time: what a killed demo left
 *   running must not write into it
 * @throws the reason of `halt`, with nothing left behind
 */
export async function startObservers(
  server: Pick<DemoServer, 'url' | 'targets'>,
  folder: string,
  env: Env,
  halt: AbortSignal,
  say: (text: string) => void,
): Promise<Observers | undefined> {
  halt.throwIfAborted();
  const programs = findMonitoring(env);
  if (!programs) {
    say(HOW_TO_INSTALL);
    return undefined;
  }
  const home = mkdtempSync(join(folder, 'observe-'));
  const running: LoggedProcess[] = [];
  let isStopping = false;
  const stop = async (): Promise<void> => {
    isStopping = true;
    await Promise.all(running.map((one) => one.end()));
    // What cannot be removed now goes with the whole folder when the next demo starts.
    await rm(home, { recursive: true, force: true }).catch(() => undefined);
  };
  try {
    const ports = { prometheus: await freePortFrom(9_090), alertmanager: await freePortFrom(9_093) };
    writeConfiguration(home, server, `${HOST}:${ports.alertmanager}`);
    const start = (name: keyof MonitoringPrograms): Promise<Observer> => {
      const args = [...ARGUMENTS[name], ...listeningOn(ports[name])];
      const logFile = join(folder, `${name}.log`);
      const one = startLogged({ name: TITLES[name], command: programs[name], args, cwd: home, env, logFile });
      running.push(one);
      return ready(one, ports[name], halt);
    };
    const [alertmanager, prometheus] = await Promise.all([start('alertmanager'), start('prometheus')]);
    for (const one of running) {
      // One may have gone while the other was waited for.
      one.gone.throwIfAborted();
      one.gone.addEventListener('abort', () => isStopping || say(hasEnded(one)));
    }
    return { prometheus, alertmanager, stop };
  } catch (error) {
    await stop();
    halt.throwIfAborted();
    say(notStarted(error));
    return undefined;
  }
}

/** The port that everybody knows it by, unless somebody has it already: that one is left alone. */
function freePortFrom(port: number): Promise<number> {
  return assertPortIsFree({ host: HOST, port }).then(
    () => port,
    () => freePort(),
  );
}

function writeConfiguration(
  home: string,
  { url, targets }: Pick<DemoServer, 'url' | 'targets'>,
  alertmanager: string,
): void {
  const deploy = join(repositoryRoot, 'deploy');
  cpSync(join(deploy, 'prometheus/rules'), join(home, 'rules'), { recursive: true });
  cpSync(join(deploy, 'alertmanager/templates'), join(home, 'templates'), { recursive: true });
  const prometheus = prometheusOf(targets, alertmanager, `${url}/runbooks`);
  writeFileSync(join(home, 'prometheus.yml'), stringify(prometheus));
  writeFileSync(join(home, 'alertmanager.yml'), stringify(alertmanagerOf()));
}

function listeningOn(port: number): string[] {
  // Links in alerts lead to the external address, which would be the machine's name.
  return [`--web.listen-address=${HOST}:${port}`, `--web.external-url=http://${HOST}:${port}/`];
}

async function ready(one: LoggedProcess, port: number, halt: AbortSignal): Promise<Observer> {
  const url = `http://${HOST}:${port}`;
  const signal = AbortSignal.any([one.gone, halt]);
  const client = new HttpClient(url, signal);
  try {
    await answering(one, client, '/-/ready', READY_WITHIN_MS, signal);
  } finally {
    client.close();
  }
  return { url, pid: one.pid, logFile: one.logFile };
}
