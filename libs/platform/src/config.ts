import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * Pieces of configuration that the apps put together. This file is the only place that reads the
 * environment, so a newcomer finds every variable here; all faults are printed at once.
 */
const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const seconds = (fallback: number) => z.coerce.number().min(0).max(86_400).default(fallback);

export const configPieces = {
  /** Address to listen on; loopback unless told otherwise. */
  HOST: z.string().min(1).default('127.0.0.1'),
  /** Folder of the embedded database. */
  DUNGHAN_DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .transform((path) => resolve(path)),
  /** A PostgreSQL of your own instead of the embedded one. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  /** Connections to PostgreSQL at most. */
  DATABASE_POOL: z.coerce.number().int().min(4).max(200).default(16),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** Partitions of a new event log; fixed at the first start. */
  LOG_PARTITIONS: z.coerce.number().int().min(1).max(64).default(4),
  /** How long applied batches stay in the event log. */
  LOG_RETENTION_MINUTES: z.coerce.number().min(0).max(100_000).default(60),
  /** A deadline that had passed before it became known is announced after this much silence. */
  ANNOUNCE_SETTLE_SECONDS: seconds(60),
  /** A consumer without progress for this long is not alive. */
  STALLED_AFTER_SECONDS: seconds(60),
  /** How often identities, and counters against the dossier list, are checked. */
  IDENTITY_CHECK_SECONDS: seconds(60),
} as const;

const schemaWithPort = (fallback: number) => z.object({ ...configPieces, PORT: port(fallback) });
export type Config = z.infer<ReturnType<typeof schemaWithPort>>;

/** Nest token of the checked configuration. */
export const CONFIG = Symbol('config');

/**
 * Reads and checks the environment. On faults every one is printed and the process exits with 2;
 * `--check-config` prints the outcome and exits.
 */
export function readConfig(defaultPort: number, env: NodeJS.ProcessEnv = process.env): Config {
  const result = schemaWithPort(defaultPort).safeParse(env);
  if (!result.success) {
    for (const issue of result.error.issues) {
      console.error(`configuration: ${issue.path.join('.')}: ${issue.message}`);
    }
    process.exit(2);
  }
  if (process.argv.includes('--check-config')) {
    console.log('configuration is valid');
    process.exit(0);
  }
  return result.data;
}
