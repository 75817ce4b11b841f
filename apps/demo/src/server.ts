import { createServer } from 'node:net';
import { join } from 'node:path';
import type { HttpClient } from './http.js';
import type { DemoOptions } from './options.js';
import { type ServerProcess, startProcess } from './server-process.js';

/** What the demo speaks to: one process, or four. */
export interface DemoServer extends Omit<ServerProcess, 'logFile' | 'pid'> {
  /** Takes events and the catalogue; `client` answers questions. */
  readonly intake: HttpClient;
  /** Where its logs are. */
  readonly logs: string;
  /** `host:port` of every process that tells metrics. */
  readonly targets: readonly string[];
}

/**
 * Starts the standalone server on `folder` and waits until it is ready.
 * @throws with the end of its log if it does not get ready
 */
export async function startServer(
  { host, port }: DemoOptions,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DemoServer> {
  const server = await startProcess({
    ...{ app: 'standalone', host, port, logFile: join(folder, 'server.log') },
    env: {
      ...env,
      DUNGHAN_DATA_DIR: folder,
      // The demo is about to wipe and fill a database: never one that belongs to somebody.
      DATABASE_URL: undefined,
      KAFKA_BROKERS: undefined,
    },
  });
  return {
    ...{ ...server, intake: server.client, logs: server.logFile },
    targets: [new URL(server.url).host],
  };
}

/** To be asked before anything is wiped or started. */
export function assertPortIsFree({ host, port }: Pick<DemoOptions, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new Error(
          error.code === 'EADDRINUSE'
            ? `Cổng ${port} đang được dùng. / Port ${port} on ${host} is taken. Choose another: npm run demo -- --port ${port + 1}`
            : `Cannot listen on ${host}:${port}: ${error.message}`,
        ),
      );
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
