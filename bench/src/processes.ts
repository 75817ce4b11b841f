import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a process has used so far. */
export interface Usage {
  cpuSeconds: number;
  residentMegabytes: number;
}

const TICKS_PER_SECOND = 100;

/** Usage of one process from /proc; undefined where there is none (other systems, ended process). */
function usageOf(pid: number): (Usage & { parent: number }) | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces; fields count from behind its closing parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return {
      parent: Number(fields[1]),
      // Own time, and that of children that have ended.
      cpuSeconds: [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / TICKS_PER_SECOND,
      residentMegabytes: Number(resident) / 1_024,
    };
  } catch {
    return undefined;
  }
}

export function nodeUsage(pid: number): Usage {
  return usageOf(pid) ?? { cpuSeconds: 0, residentMegabytes: 0 };
}

/** The embedded server with all its processes. */
export function postgresUsage(dataDir: string): Usage {
  const total = { cpuSeconds: 0, residentMegabytes: 0 };
  let main: number;
  try {
    main = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return total;
  }
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const usage = usageOf(Number(name));
    if (!usage || (Number(name) !== main && usage.parent !== main)) continue;
    total.cpuSeconds += usage.cpuSeconds;
    total.residentMegabytes += usage.residentMegabytes;
  }
  return total;
}

/** Largest memory a process ever held, in MB. */
export function peakMegabytes(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
