// Publishes two events over HTTP with fetch alone.  Usage: publish-http.ts http://127.0.0.1:8080
const server = process.argv[2] ?? 'http://127.0.0.1:8080';

const dossier = { specversion: '1.0', source: 'urn:vn:example:motcua', subject: '000.00.05.H13-180105-0002' };
const events = [
  {
    ...dossier,
    id: 'fetch-1',
    type: 'vn.tthc.dossier.accepted.v1',
    time: '2018-01-05T08:00:00+07:00',
    data: { procedure: '9.010060', receivingAgency: 'H13.05', channel: 'online' },
  },
  {
    ...dossier,
    id: 'fetch-2',
    type: 'vn.tthc.dossier.resolved.v1',
    time: '2018-01-08T15:30:00+07:00',
    data: { outcome: 'granted' },
  },
];

/** Sends until the log has it. Faults of ours are thrown: to repeat those would help nobody. */
async function publish(batch: readonly object[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${server}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(batch),
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
    if (response?.status === 202) return;
    if (response && response.status < 500) throw new Error(await response.text());
    if (attempt === 10) throw new Error(`not taken after ${attempt} attempts; kept for later`);
    // Nothing was taken, or no answer came. Wait twice as long each time; repeating is harmless.
    await new Promise((resolve) => setTimeout(resolve, Math.min(30_000, 250 * 2 ** attempt)));
  }
}

await publish(events);
console.log(`${events.length} events are in the log`);
