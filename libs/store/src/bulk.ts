import type { EntityManager } from 'typeorm';

/**
 * JSON texts as one parameter, split by the server: JSON never holds a raw U+0001, so nothing needs
 * the escaping that an array parameter would cost. Use as `string_to_array($n, U&'\0001')`.
 */
export const joinJson = (documents: readonly string[]): string => documents.join('\u0001');

/** SQL for an instant given in milliseconds. */
export const instantSql = (expression: string): string =>
  `timestamptz 'epoch' + ${expression} * interval '1 millisecond'`;

/** SQL for the milliseconds of an instant column. */
export const millisSql = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint`;

/**
 * Settings of a transaction that applies a batch of the log, as columns of a query.
 * Index look-ups: a batch looks up thousands of keys; while a table grows faster than its statistics,
 * the planner may think a scan of it cheaper.
 * Commit without waiting for the disk: everything such a transaction writes follows from the log, whose
 * own appends do wait, and from the offset it moves. If the database's machine dies, offset and effect
 * are lost together and made again, the same to the letter.
 */
export const LOG_BATCH_SETTINGS = `
  set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true), set_config('synchronous_commit', 'off', true)`;

/** Puts them in force for the rest of the transaction. */
export async function asLogBatch(manager: EntityManager): Promise<void> {
  await manager.query(`select ${LOG_BATCH_SETTINGS}`);
}

/**
 * An array literal of texts. Most need no escaping, and looking is much cheaper than the driver's two
 * replacements per element.
 */
export function textArray(values: readonly (string | null)[]): string {
  const parts = values.map((value) => {
    if (value === null) return 'NULL';
    return value.includes('"') || value.includes('\\')
      ? `"${value.replace(/["\\]/g, '\\$&')}"`
      : `"${value}"`;
  });
  return `{${parts.join(',')}}`;
}

/** An array literal of numbers and nulls, which need no escaping. */
export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}
