import { Counter, Histogram } from 'prom-client';
import {
  EVENT_TYPES,
  EVENTS_TOPIC,
  type Fault,
  FAULT_CODES,
  type IncomingEvent,
  typeName,
} from '#libs/contracts';

function createMeters() {
  const received = new Counter({
    name: 'dossier_events_received_total',
    help: 'Events accepted by intake (duplicates included), by type; flat in working hours: ask the sources, then see dossier_event_faults_total.',
    labelNames: ['topic', 'type'],
  });
  for (const type of EVENT_TYPES) received.inc({ topic: EVENTS_TOPIC, type }, 0);
  const faults = new Counter({
    name: 'dossier_event_faults_total',
    help: 'Faults in refused requests, by code; growing: a source sends what we cannot take. Unknown codes: bring the catalogue up to date; else tell the source.',
    labelNames: ['code'],
  });
  for (const code of FAULT_CODES) faults.inc({ code }, 0);
  const appendSeconds = new Histogram({
    name: 'dossier_log_append_seconds',
    help: 'Time until the event log has a group of requests; p99 above 1: look at the disk of the log.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  return { received, faults, appendSeconds };
}

let meters: ReturnType<typeof createMeters> | undefined;

/** Every metric of intake; silent until registered. */
export const metrics = {
  /** To be called once the process has set up its registry. */
  register(): void {
    meters ??= createMeters();
  },

  received(events: readonly IncomingEvent[]): void {
    const counts = new Map<string, number>();
    for (const { content } of events) counts.set(content.type, (counts.get(content.type) ?? 0) + 1);
    for (const [type, count] of counts) {
      meters?.received.inc(
        { topic: EVENTS_TOPIC, type: typeName(type as IncomingEvent['content']['type']) },
        count,
      );
    }
  },

  refused(faults: readonly Fault[]): void {
    for (const { code } of faults) meters?.faults.inc({ code });
  },

  /** Starts a stopwatch; the returned function stops it. */
  appending(): () => void {
    const stop = meters?.appendSeconds.startTimer();
    return () => void stop?.();
  },
};
