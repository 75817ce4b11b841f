import { register } from 'prom-client';
import type { DataSource } from 'typeorm';
import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { type LogLag, logMetrics } from '#libs/event-log';
import { Liveness, registerPlatformMetrics } from '#libs/platform';
import type { CatalogueStore } from '#libs/store';
import { metrics as clock } from '../../clock/src/metrics.js';
import { metrics as intake } from '../../intake/src/metrics.js';
import { metrics as processing } from '../../processing/src/metrics.js';
import type { SourceActivity } from '../../processing/src/source-activity.js';
import { metrics as reporting } from '../../reporting/src/metrics.js';

/** Only asked for figures when somebody scrapes, which nobody does here. */
const unused = <T>(): T => ({}) as T;
const database = unused<DataSource>();
const lag = unused<LogLag>();
const topics = [EVENTS_TOPIC, TIMELINESS_TOPIC];

const PARTS: { title: string; register: () => void }[] = [
  {
    title: 'Every process',
    register: () => {
      registerPlatformMetrics('', new Liveness(), database);
      logMetrics.register(lag, topics);
    },
  },
  {
    title: 'processing and clock, with Kafka',
    register: () => logMetrics.registerForwarding(lag, database, topics),
  },
  { title: 'intake', register: () => intake.register() },
  {
    title: 'processing',
    register: () => processing.register(database, unused<CatalogueStore>(), unused<SourceActivity>()),
  },
  { title: 'clock', register: () => clock.register(database) },
  { title: 'reporting', register: () => reporting.register(() => Promise.resolve([])) },
];

interface Described {
  name: string;
  help: string;
  /** prom-client's word, or its number. */
  type: string | number;
  labelNames?: readonly string[];
}

const OURS = /^dossier_/;
const NUMBERED_TYPES = ['counter', 'gauge', 'histogram', 'summary'];

/** `docs/metrics.md`, from what the apps register. */
export function metricsPage(): string {
  const seen = new Set<string>();
  const sections = PARTS.map(({ title, register: registerPart }) => {
    registerPart();
    const metrics = (register.getMetricsAsArray() as unknown as Described[])
      .filter(({ name }) => OURS.test(name) && !seen.has(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name } of metrics) seen.add(name);
    const rows = metrics.map(
      ({ name, type, labelNames = [], help }) =>
        `| \`${name}\` | ${typeof type === 'number' ? NUMBERED_TYPES[type] : type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help.replaceAll('|', '\\|')} |`,
    );
    return [
      `## ${title}`,
      '',
      '| metric | type | labels | meaning, and what to do |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  register.clear();
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

const HEAD = `# Metrics

Generated from what the apps register (\`npm run generate\`); do not edit.

Every process serves them at \`/metrics\`, with \`app\` (intake, processing, clock, reporting, standalone) on each series; standalone has all of them. Beside them stand Node's own (\`process_*\`, \`nodejs_*\`): memory, event-loop delay, garbage collection. Names and labels are for good. No label holds a dossier's code, an officer or an applicant; agencies come from the catalogue, sources are the 200 that sent something last, everything else is a closed set.

What every copy can see of the database (the log's lag, the quarantine, figures by agency) every copy tells: take the \`max\` over copies, never the sum.`;
