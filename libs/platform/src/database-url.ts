import type { Config } from './config.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';

/** Where the database is, and how to let go of it. */
export interface DatabaseHandle {
  readonly url: string;
  /**
   * Throws a passing fault while this process may not write, see FolderOwner; to be asked on every new
   * connection. A database that is not ours to watch has none: it knows itself who may.
   */
  assertHeld?: () => void;
  /** Resolves when the database is lost for good, with the reason. */
  readonly lost?: Promise<Error>;
  stop(): Promise<void>;
}

/** Nest token of what every new connection has to pass, see DatabaseHandle. */
export const ASSERT_HELD = Symbol('assert held');

/** Nest token of the database's address. */
export const DATABASE_URL = Symbol('database url');

/** `DATABASE_URL` if set; else the embedded server of `DUNGHAN_DATA_DIR`. */
export async function openDatabase(
  config: Pick<Config, 'DATABASE_URL' | 'DUNGHAN_DATA_DIR'>,
  say?: (words: string) => void,
): Promise<DatabaseHandle> {
  if (config.DATABASE_URL) return { url: config.DATABASE_URL, stop: () => Promise.resolve() };
  return startEmbeddedPostgres(config.DUNGHAN_DATA_DIR, say);
}
