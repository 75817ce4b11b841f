import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Divides the published figures; 1 is the whole year. */
  scale: number;
  seed: number;
  /** Print the figures and stop instead of serving on. */
  once: boolean;
  /** The four apps as processes of their own on a Kafka broker, instead of one on the embedded log. */
  kafka: boolean;
  /** Prometheus and Alertmanager beside it, where they are installed. */
  observe: boolean;
  /** Where its data and logs are, below the repository unless absolute; wiped if it is an earlier demo's. */
  folder: string;
  /** Where every cell of the year's reports is written. */
  cells?: string;
  host: string;
  port: number;
}

export const USAGE = `npm run demo [-- LỰA CHỌN / OPTIONS]
  --scale N   chia số liệu cho N, mặc định 10 / divide the published figures by N, default 10
  --full      cả năm, như --scale 1 / the whole year, same as --scale 1
  --once      in số liệu rồi dừng, mã thoát 0 nếu đúng / print the figures and stop, exit 0 if they are right
  --kafka     Kafka và bốn tiến trình riêng / a Kafka broker and the four apps as separate processes
  --observe   Prometheus và Alertmanager bên cạnh, nếu máy có / Prometheus and Alertmanager beside it, where installed
  --folder F  thư mục của demo, mặc định .demo / the demo's folder, default .demo
  --cells F   ghi từng ô báo cáo vào tệp F để so hai lần chạy / write every cell of the reports to file F, to compare two runs
  --seed S    số gốc của bộ sinh, mặc định 2018 / seed of the generator, default 2018
  --port P    cổng, mặc định PORT hoặc 8080; với --kafka cả ba cổng kế tiếp / port, default PORT or 8080; with --kafka also the next three`;

/** A mistake of the person at the keyboard: told plainly, without a stack. */
export class UsageError extends Error {}

/** @throws UsageError naming the argument or variable that is wrong */
export function readOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DemoOptions {
  const { values } = parse(argv);
  if (values.full && values.scale !== undefined && values.scale !== '1') {
    throw new UsageError('--full means --scale 1; give only one of them.');
  }
  if (values.observe && values.once) {
    throw new UsageError(
      '--observe is for a demo that serves on: with --once it would end before anybody has looked. Give only one of them.',
    );
  }
  return {
    scale: values.full ? 1 : wholeNumber('--scale', values.scale, 10, 1, 100_000),
    seed: wholeNumber('--seed', values.seed, 2_018, 0, 2_147_483_647),
    once: values.once ?? false,
    kafka: values.kafka ?? false,
    observe: values.observe ?? false,
    folder: values.folder || '.demo',
    cells: values.cells,
    host: env.HOST || '127.0.0.1',
    port: wholeNumber(
      values.port === undefined ? 'PORT' : '--port',
      values.port ?? env.PORT,
      8_080,
      1,
      65_535,
    ),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        scale: { type: 'string' },
        full: { type: 'boolean' },
        once: { type: 'boolean' },
        kafka: { type: 'boolean' },
        observe: { type: 'boolean' },
        folder: { type: 'string' },
        cells: { type: 'string' },
        seed: { type: 'string' },
        port: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(
  name: string,
  text: string | undefined,
  fallback: number,
  low: number,
  high: number,
): number {
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new UsageError(`${name} must be a whole number from ${low} to ${high}, not "${text}".`);
  }
  return value;
}
