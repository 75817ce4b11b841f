import { join } from 'node:path';
import { findKafka, startEmbeddedPostgres } from '#libs/platform';
import type { DemoOptions } from './options.js';
import type { DemoServer } from './server.js';
import { type ServerProcess, startProcess } from './server-process.js';

/** In the order in which they start and stop: whoever gives before whoever takes. Reporting has the demo's port. */
const APPS = ['intake', 'processing', 'clock', 'reporting'] as const;

/**
 * As production runs: a Kafka broker, a PostgreSQL server, and the four apps as processes of their own.
 * @throws what kept one of them from starting; whatever had started is stopped
 */
export async function startServersOnKafka(
  { host, port }: DemoOptions,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DemoServer> {
  // Filled as things start, emptied from the end: the apps, then the database, then the broker.
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    const faults: unknown[] = [];
    for (const stop of stops.splice(0).reverse()) await stop().catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw faults[0];
  };
  try {
    const broker = await findKafka({ brokers: env.KAFKA_BROKERS });
    if (!broker) {
      throw new Error(
        'Không có Kafka / no Kafka: set KAFKA_BROKERS, or have Docker, or Java from 17 on and Maven, to have one started.',
      );
    }
    stops.push(() => broker.stop());
    process.stderr.write(`Kafka: ${broker.found}, ${broker.brokers}\n`);
    const database = await startEmbeddedPostgres(folder);
    stops.push(() => database.stop());
    const processes: ServerProcess[] = [];
    stops.push(async () => {
      for (const one of processes) if (!one.gone.aborted) await one.stop();
    });
    for (const [nth, app] of APPS.entries()) {
      processes.push(
        await startProcess({
          ...{ app, host, logFile: join(folder, `${app}.log`) },
          port: app === 'reporting' ? port : port + 1 + nth,
          env: { ...env, DATABASE_URL: database.url, KAFKA_BROKERS: broker.brokers },
        }),
      );
    }
    const [intake, reporting] = [processes[0], processes.at(-1)] as [ServerProcess, ServerProcess];
    await assertEmpty(reporting, broker.brokers);
    return {
      ...{ url: reporting.url, client: reporting.client, intake: intake.client, logs: join(folder, '*.log') },
      targets: processes.map((one) => new URL(one.url).host),
      gone: AbortSignal.any(processes.map(({ gone }) => gone)),
      peakMemoryMegabytes: () => {
        const peaks = processes.map((one) => one.peakMemoryMegabytes());
        return peaks.includes(null) ? null : peaks.reduce<number>((sum, peak) => sum + (peak ?? 0), 0);
      },
      stop: stopAll,
    };
  } catch (error) {
    await stopAll().catch(() => undefined);
    throw error;
  }
}

/** A broker that was there before may hold somebody's events: they would be counted with the demo's. */
async function assertEmpty({ client }: ServerProcess, brokers: string): Promise<void> {
  const { stages } = await client.get<{ stages: { head: number }[] }>('/v1/progress');
  if (stages.some(({ head }) => head > 0)) {
    throw new Error(`The topics at ${brokers} are not empty. The demo needs a broker of its own.`);
  }
}
