import type { Config } from './config.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';

/** Where the database is, and how to let go of it. */
export interface DatabaseHandle {
  url: string;
  stop(): Promise<void>;
}

/** Nest token of the database's address. */
export const DATABASE_URL = Symbol('database url');

/** `DATABASE_URL` if set; else the embedded server of `DUNGHAN_DATA_DIR`. */
export async function openDatabase(
  config: Pick<Config, 'DATABASE_URL' | 'DUNGHAN_DATA_DIR'>,
): Promise<DatabaseHandle> {
  if (config.DATABASE_URL) return { url: config.DATABASE_URL, stop: () => Promise.resolve() };
  return startEmbeddedPostgres(config.DUNGHAN_DATA_DIR);
}
