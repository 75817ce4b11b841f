import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { configPieces } from './config.js';

/** What composition and manifests are both held against: the image, and the code in it. */

/** The source of a built program. */
export const sourceOf = (program: string): string => program.replace(/^dist\//, '').replace(/\.js$/, '.ts');

/** The last stage of the Dockerfile: what is in the image that runs. */
export function lastStage(): string[] {
  const lines = readFileSync('deploy/Dockerfile', 'utf8').replaceAll('\\\n', '').split('\n');
  return lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
}

/** The list behind an instruction in JSON form. */
export function listOf(instruction: string): string[] {
  const line = lastStage().find((other) => other.startsWith(`${instruction} `)) ?? '';
  return JSON.parse(line.slice(line.indexOf('['))) as string[];
}

/** The least memory in which Node's flags make sense: both generations, and 128 MB that are not heap. */
export function megabytesNeeded(flags: readonly string[]): number {
  const of = (name: string) => Number(flags.find((flag) => flag.startsWith(`--${name}=`))?.split('=')[1]);
  return of('max-old-space-size') + 3 * of('max-semi-space-size') + 128;
}

/** `768m`, `1g`, `768Mi`, `1Gi` in megabytes. */
export function megabytes(amount: string | undefined): number {
  const [, digits, unit] = /^(\d+)([mg])i?$/i.exec(amount ?? '') ?? [];
  return Number(digits) * (unit?.toLowerCase() === 'g' ? 1_024 : 1);
}

/** Faults of an environment: names that nobody reads, values that would be refused at the start. */
export function faultsOfEnvironment(environment: Record<string, string>): string[] {
  const schema = z.strictObject({ ...configPieces, PORT: z.string().regex(/^\d+$/) });
  return (schema.safeParse(environment).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

/** Whether the machine has a tool; that it has none is said aloud. */
export function hasTool(tool: readonly string[], version: readonly string[]): boolean {
  const [command = '', ...before] = tool;
  const found = spawnSync(command, [...before, ...version]).status === 0;
  if (!found) console.warn(`No ${tool.join(' ')} on this machine: judged by our own reading alone.`);
  return found;
}

/** What a tool prints; a tool that refuses is a fault. */
export function outputOf(
  tool: readonly string[],
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): string {
  const [command = '', ...before] = tool;
  const run = spawnSync(command, [...before, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
  if (run.status !== 0) throw new Error(`${[...tool, ...args].join(' ')}: ${run.stderr}`);
  return run.stdout;
}
