import { componentsBelow, eventComponent, type JsonObject } from './components.js';
import { EVENT_DOCUMENTS, type EventType, typeName } from './events.js';
import { exampleOf } from './examples.js';
import { EVENT_MEDIA_TYPE } from './read-body.js';
import { EVENTS_TOPIC, TIMELINESS_TOPIC } from './topics.js';

/** Of AsyncAPI's Kafka bindings. */
const bindingVersion = '0.5.0';

/** The topics as they are made at the first start; a spec holds them against a real broker. */
const topicBinding = (topic: string): JsonObject => ({
  kafka: {
    topic,
    partitions: 4,
    replicas: 1,
    topicConfiguration: {
      'cleanup.policy': ['delete'],
      'retention.ms': 168 * 3_600_000,
      'retention.bytes': -1,
      'max.message.bytes': 11 * 1_048_576,
    },
    bindingVersion,
  },
});

const DOSSIER_KEY = {
  type: 'string',
  pattern: '^[^|]+\\|.+$',
  description: 'Structured as `<source>|<subject>`, in UTF-8: it keeps the events of a dossier in order.',
  examples: ['urn:vn:cantho:motcua|000.00.05.H13-180105-0001'],
};
const keyBinding = (key: JsonObject): JsonObject => ({ kafka: { key, bindingVersion } });
const groupBinding = (group: string): JsonObject => ({
  kafka: { groupId: { type: 'string', enum: [group] }, bindingVersion },
});

/** The attributes of an event as headers, and its data as value: CloudEvents' binary mode. */
function binaryMessage(type: EventType, schemas: Record<string, JsonObject>): JsonObject {
  const { properties } = schemas[eventComponent(type)] as { properties: Record<string, JsonObject> };
  const text = (description: string) => ({ type: 'string', description });
  return {
    name: `${typeName(type)} in binary mode`,
    contentType: 'application/json',
    headers: {
      type: 'object',
      required: ['ce_specversion', 'ce_source', 'ce_id', 'ce_type', 'ce_subject', 'ce_time'],
      properties: {
        ce_specversion: { const: '1.0' },
        ce_source: text('URN of the upstream system.'),
        ce_id: text('Unique in the source.'),
        ce_type: { const: typeName(type) },
        ce_subject: text('Dossier code.'),
        ce_time: { type: 'string', format: 'date-time' },
        ce_sequence: { type: 'string', pattern: '^[0-9]+$' },
        'content-type': text('application/json, or absent.'),
      },
    },
    payload: properties.data ?? {},
    bindings: keyBinding(DOSSIER_KEY),
    examples: [binaryExample(type)],
  };
}

function binaryExample(type: EventType): JsonObject {
  const { data, ...attributes } = exampleOf(type);
  const headers = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]),
  );
  return { headers: { ...headers, 'content-type': 'application/json' }, payload: data ?? {} };
}

/** The Kafka topics as AsyncAPI 3 (contract.md §7). */
export function asyncApi(version: string): JsonObject {
  const types = [...EVENT_DOCUMENTS.keys()];
  const all = componentsBelow('#/components/schemas/');
  const schemas = ['Announcement', ...types.map(eventComponent)];
  const binary = (type: EventType) => `${type}-binary`;
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Đúng Hạn',
      version,
      description:
        'A producer may write events directly; what intake would have refused goes to the quarantine. Messages of one key stay in order.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: EVENT_MEDIA_TYPE,
    servers: {
      local: { host: '127.0.0.1:9092', protocol: 'kafka', description: 'npm run kafka says its port' },
    },
    channels: {
      events: {
        address: EVENTS_TOPIC,
        description:
          'CloudEvents JSON, structured (with or without a content type) or in binary mode; key `<source>|<subject>`, partition by Kafka’s default partitioner (MurmurHash2 of the key; librdkafka: `partitioner=murmur2_random`). `message.timestamp.type` is `LogAppendTime`.',
        messages: Object.fromEntries(
          types.flatMap((type) =>
            [type, binary(type)].map((name) => [name, { $ref: `#/components/messages/${name}` }]),
          ),
        ),
        bindings: topicBinding(EVENTS_TOPIC),
      },
      timeliness: {
        address: TIMELINESS_TOPIC,
        description:
          'What has become true by time alone, once per deadline and kind. Messages of `kind` `snapshot` are internal.',
        messages: { announcement: { $ref: '#/components/messages/announcement' } },
        bindings: topicBinding(TIMELINESS_TOPIC),
      },
    },
    operations: {
      takeEvents: {
        action: 'receive',
        channel: { $ref: '#/channels/events' },
        summary: 'Processing applies every event exactly once; upstream systems send here.',
        bindings: groupBinding('processing'),
      },
      announce: {
        action: 'send',
        channel: { $ref: '#/channels/timeliness' },
        summary: 'Deadlines that have come near or passed; any group of your own may read them.',
      },
      takeTimeliness: {
        action: 'receive',
        channel: { $ref: '#/channels/timeliness' },
        summary: 'Reporting keeps the figures.',
        bindings: groupBinding('reporting'),
      },
    },
    components: {
      messages: {
        ...Object.fromEntries(
          types.flatMap((type) => [
            [
              type,
              {
                name: typeName(type),
                contentType: EVENT_MEDIA_TYPE,
                payload: { $ref: `#/components/schemas/${eventComponent(type)}` },
                bindings: keyBinding(DOSSIER_KEY),
                examples: [{ payload: exampleOf(type) }],
              },
            ],
            [binary(type), binaryMessage(type, all)],
          ]),
        ),
        announcement: {
          contentType: 'application/json',
          payload: { $ref: '#/components/schemas/Announcement' },
          bindings: keyBinding(DOSSIER_KEY),
        },
      },
      schemas: Object.fromEntries(schemas.map((name) => [name, all[name]])),
    },
  };
}
