import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what Linux (from 32,768) and others (from 49,152) give to outgoing connections. */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 100;

/**
 * A port of the loopback address that nobody listens on now. Not one the system would give: those it also gives to
 * whoever connects next, so that a process that starts a second later may find its port taken.
 */
export async function freePort(): Promise<number> {
  for (let nth = 0; nth < TRIES; nth += 1) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new Error(`None of ${TRIES} ports of 127.0.0.1 between ${FIRST} and ${LAST} is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
