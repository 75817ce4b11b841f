import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * Pieces of configuration that the apps put together. This file is the only place that reads the
 * environment, so a newcomer finds every variable here; all faults are printed at once.
 */
const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const ADDRESS = /^(\[[0-9a-f:]+\]|[^\s:,/]+):\d{1,5}$/i;
const HEADER = /^\s*[!#$%&'*+.^`|~\w-]+\s*=[^,]*$/;
const webAddress = z
  .string()
  .refine(
    (text) => text === '' || (/^https?:\/\//i.test(text) && URL.canParse(text)),
    'must be an address that starts with http:// or https://',
  )
  .transform((text) => (text === '' ? undefined : text))
  .optional();
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
  /** Kafka for the event log instead of tables: `host:port`, several with commas. */
  KAFKA_BROKERS: z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .refine(
      (addresses) => addresses.every((address) => ADDRESS.test(address)),
      'must be host:port, several with commas',
    )
    .optional(),
  /** `true`, or the path of the certificate (PEM) of the authority to trust. */
  KAFKA_SSL: z
    .string()
    .refine(
      (text) => ['true', 'false'].includes(text) || existsSync(text),
      'must be true, false or the path of a certificate that exists',
    )
    .default('false'),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().min(1).optional(),
  KAFKA_SASL_PASSWORD: z.string().min(1).optional(),
  /** Copies of each topic that the cluster keeps; from three on, two must have a message before it counts. */
  KAFKA_REPLICATION: z.coerce.number().int().min(1).max(9).default(1),
  /** How long the topics keep messages; longer in the cluster is no fault. */
  KAFKA_RETENTION_HOURS: z.coerce.number().min(1).max(87_600).default(168),
  /** A deadline that had passed before it became known is announced after this much silence. */
  ANNOUNCE_SETTLE_SECONDS: seconds(60),
  /** A consumer without progress for this long is not alive. */
  STALLED_AFTER_SECONDS: seconds(60),
  /** The least working time after which three times over a source counts as silent. */
  SOURCE_GAP_SECONDS: seconds(600),
  /** Share of dossiers resolved on time that an agency owes, in percent; what is left over is its budget of late ones. */
  ONTIME_TARGET_PERCENT: z.coerce.number().min(0).max(99.99).default(98),
  /** File of the causes of lateness that may be given to a dossier. */
  OVERDUE_CAUSES: z
    .string()
    .min(1)
    .default('data/overdue-causes.json')
    .transform((path) => resolve(path)),
  /** File that says which column of form II.06a takes what it has no column for. */
  FORM_06A_MAPPING: z
    .string()
    .min(1)
    .default('data/forms/ii-06a.json')
    .transform((path) => resolve(path)),
  /** Address under which readers reach the page, for what is printed; by default the one an export is asked for at. */
  PUBLIC_URL: webAddress.transform((address) => address?.replace(/\/+$/, '')),
  /** How often identities, and counters against the dossier list, are checked. */
  IDENTITY_CHECK_SECONDS: seconds(60),
  /** Dossiers changed since `asOf` up to which lists, ageing and durations answer; more take too long to be waited for. */
  AS_OF_MOST_CHANGED: z.coerce.number().int().min(1).max(1_000_000).default(20_000),
  /**
   * Collector of traces (OTLP over HTTP, JSON), without `/v1/traces`. Unset or empty: no traces, and nothing of
   * them is loaded.
   */
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress,
  /** The same for traces alone, with its whole path; goes before the other. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: webAddress,
  /** Headers that the collector asks for, `name=value` with commas between; values are percent-encoded. */
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .refine(
      (text) => text.split(',').every((pair) => HEADER.test(pair) && decodes(pair)),
      'must be name=value, several with commas, values percent-encoded',
    )
    .transform(headersOf)
    .optional(),
  /** Which requests are followed: `parentbased_…` does as the caller says, where it says anything. */
  OTEL_TRACES_SAMPLER: z
    .enum([
      ...(['always_on', 'always_off', 'traceidratio'] as const),
      ...(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const),
    ])
    .default('parentbased_traceidratio'),
  /** Share of traces for the samplers by ratio. The standard's 1 would be too much for a source's single events. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.01),
} as const;

function decodes(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '';
  } catch {
    return false;
  }
}

function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals).trim(), decodeURIComponent(pair.slice(equals + 1).trim())];
  });
  return Object.fromEntries(pairs);
}

const SASL = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;

const schemaWithPort = (fallback: number) =>
  z.object({ ...configPieces, PORT: port(fallback) }).check(({ value, issues }) => {
    const absent = SASL.filter((name) => value[name] === undefined);
    if (absent.length === SASL.length) return;
    for (const name of absent) {
      const message = `is needed beside ${SASL.filter((other) => !absent.includes(other)).join(' and ')}`;
      issues.push({ code: 'custom', path: [name], message, input: undefined });
    }
  });
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
