// Publishes two events over Kafka with kafkajs.  Usage: publish-kafka.ts 127.0.0.1:9092
import { Kafka, Partitioners } from 'kafkajs';

const kafka = new Kafka({ clientId: 'motcua', brokers: (process.argv[2] ?? '127.0.0.1:9092').split(',') });
const producer = kafka.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  allowAutoTopicCreation: false,
  // Kafka's own: every sender must choose the same partition for a dossier.
  createPartitioner: Partitioners.DefaultPartitioner,
});

const dossier = { specversion: '1.0', source: 'urn:vn:example:motcua', subject: '000.00.05.H13-180105-0003' };
const events = [
  {
    ...dossier,
    id: 'kafkajs-1',
    type: 'vn.tthc.dossier.accepted.v1',
    time: '2018-01-05T08:00:00+07:00',
    data: { procedure: '9.010060', receivingAgency: 'H13.05', channel: 'post' },
  },
  {
    ...dossier,
    id: 'kafkajs-2',
    type: 'vn.tthc.dossier.resolved.v1',
    time: '2018-01-08T15:30:00+07:00',
    data: { outcome: 'granted' },
  },
];

await producer.connect();
await producer.send({
  topic: 'tthc.dossier.events.v1',
  acks: -1,
  messages: events.map((event) => ({
    key: `${event.source}|${event.subject}`,
    value: JSON.stringify(event),
    headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
  })),
});
await producer.disconnect();
console.log(`${events.length} events are in the log`);
