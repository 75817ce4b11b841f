/**
 * Faults without a code. The last is how TypeORM puts it when the connection was lost between two queries of one
 * transaction: it lets go of it at once, and the next query finds it gone.
 */
const LOST_CONNECTION =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Connection is not established|query runner (was )?already released/i;

/**
 * Faults that pass by themselves: connections lost, servers starting or stopping, deadlocks,
 * serialization failures, exhausted resources, and what calls itself passing. Anything else is a bug and
 * must be loud.
 */
export function isRetryable(error: unknown): boolean {
  const { code, message, passing } = (error ?? {}) as { code?: string; message?: string; passing?: boolean };
  if (passing) return true;
  if (code && /^(08|25P03|53|57P|40001|40P01|55P03)/.test(code)) return true;
  if (code && ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'].includes(code))
    return true;
  return LOST_CONNECTION.test(message ?? '');
}

/** Exponential with a cap: 50 ms, 100 ms … 5 s. */
export const backoffMs = (attempt: number): number => Math.min(5_000, 50 * 2 ** Math.min(attempt, 10));

/** Resolves after `ms` or at once when the signal fires; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
