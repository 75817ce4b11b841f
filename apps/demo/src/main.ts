import { runDemo } from './demo.js';
import { readOptions, USAGE, UsageError } from './options.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}

try {
  const options = readOptions(process.argv.slice(2), process.env);
  process.exitCode = await runDemo(options, process.env, stop.signal);
} catch (error) {
  process.exitCode = 1;
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else console.error(error instanceof Error ? error.message : error);
}
