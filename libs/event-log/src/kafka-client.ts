import { readFileSync } from 'node:fs';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import type { Config, Logger } from '#libs/platform';

/** Where the cluster is and how this installation uses it. */
export interface KafkaSettings {
  brokers: string[];
  ssl?: KafkaConfig['ssl'];
  sasl?: SASLOptions;
  /** Copies of each topic. */
  replication: number;
  /** How long topics keep messages at least. */
  retentionMs: number;
}

type KafkaPieces = Extract<keyof Config, `KAFKA_${string}`>;

/** The settings, or undefined where no broker is named and the log is the tables. */
export function kafkaSettings(config: Pick<Config, KafkaPieces>): KafkaSettings | undefined {
  const { KAFKA_BROKERS: brokers, KAFKA_SSL: ssl, KAFKA_SASL_MECHANISM: mechanism } = config;
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  if (!brokers) return undefined;
  return {
    brokers,
    ssl: ssl === 'true' || ssl === 'false' ? ssl === 'true' : { ca: readFileSync(ssl, 'utf8') },
    sasl: mechanism && username && password ? { mechanism, username, password } : undefined,
    replication: config.KAFKA_REPLICATION,
    retentionMs: config.KAFKA_RETENTION_HOURS * 3_600_000,
  };
}

/** A client of the cluster. Its retries are short: whoever uses it starts anew, with a limit and a voice. */
export function createKafka({ brokers, ssl, sasl }: KafkaSettings, logger: Logger): Kafka {
  return new Kafka({
    clientId: 'dunghan',
    brokers,
    ssl,
    sasl,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { retries: 6, initialRetryTime: 100, maxRetryTime: 2_000 },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => say(logger, entry),
  });
}

/** What every start, every change of hands and every outage brings with it, once or many times a second. */
const ORDINARY =
  /connect|coordinator|rebalanc|not aware of this member|re-joining|limiting retries|retrying/i;

/**
 * The client calls an error what it then mends by itself, such as a coordinator that is still loading. What
 * it cannot mend is thrown at us, and reported where it is known what was being done.
 */
function say(
  logger: Logger,
  {
    namespace,
    level,
    log,
  }: { namespace: string; level: logLevel; log: { message: string; error?: unknown } },
): void {
  const { message, ...rest } = log;
  const bad = level === logLevel.ERROR || level === logLevel.WARN;
  const worth = bad && !ORDINARY.test(`${message} ${String(log.error)}`);
  logger[worth ? 'warn' : 'debug'](rest, `kafka ${namespace}: ${message}`);
}

/** A fault of the cluster in words of ours; `passing` is what `isRetryable` asks for. */
export class KafkaFault extends Error {
  readonly passing: boolean;

  constructor(doing: string, cause: unknown) {
    super(`${doing}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'KafkaFault';
    this.passing = passes(cause);
  }
}

/** What the client calls hopeless because its own patience is short: the cluster is away, starting or slow. */
const PASSING = ['KafkaJSGroupCoordinatorNotFound', 'KafkaJSTimeout', 'KafkaJSLockTimeout'];

/**
 * The client wraps what passes in what does not once its retries are spent, layer by layer; the innermost
 * fault decides. Refused logins do not pass by themselves.
 */
function passes(error: unknown): boolean {
  const { name, retriable, cause } = error as { name?: string; retriable?: boolean; cause?: unknown };
  if (name === 'KafkaJSSASLAuthenticationError') return false;
  if (name !== undefined && PASSING.includes(name)) return true;
  return cause instanceof Error ? passes(cause) : retriable === true;
}

/** Something connected that is opened when first asked for, and anew after it was given up. */
export class Renewable<T extends { disconnect(): Promise<void> }> {
  private opened: Promise<T> | undefined;

  constructor(private readonly open: () => Promise<T>) {}

  get(): Promise<T> {
    return (this.opened ??= this.open().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    }));
  }

  async giveUp(): Promise<void> {
    const opened = this.opened;
    this.opened = undefined;
    await opened?.then((thing) => thing.disconnect()).catch(() => undefined);
  }
}
