import { spawnSync } from 'node:child_process';

export interface MonitoringPrograms {
  prometheus: string;
  alertmanager: string;
}

/** By the name of Debian's package, and by upstream's. */
const NAMES = { prometheus: ['prometheus'], alertmanager: ['prometheus-alertmanager', 'alertmanager'] };

/** Both programs as the PATH of `env` knows them; undefined unless both of them run here. */
export function findMonitoring(
  env: Readonly<Record<string, string | undefined>>,
): MonitoringPrograms | undefined {
  const runs = (name: string): boolean =>
    spawnSync(name, ['--version'], { env, stdio: 'ignore', timeout: 10_000 }).status === 0;
  const prometheus = NAMES.prometheus.find(runs);
  const alertmanager = NAMES.alertmanager.find(runs);
  return prometheus && alertmanager ? { prometheus, alertmanager } : undefined;
}
