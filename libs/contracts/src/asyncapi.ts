import { componentsBelow, eventComponent, type JsonObject } from './components.js';
import { EVENT_DOCUMENTS, typeName } from './events.js';
import { exampleOf } from './examples.js';
import { EVENT_MEDIA_TYPE } from './read-body.js';
import { EVENTS_TOPIC, TIMELINESS_TOPIC } from './topics.js';

/** The Kafka topics as AsyncAPI 3 (contract.md §7). */
export function asyncApi(version: string): JsonObject {
  const types = [...EVENT_DOCUMENTS.keys()];
  const all = componentsBelow('#/components/schemas/');
  const schemas = ['Announcement', ...types.map(eventComponent)];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Đúng Hạn',
      version,
      description:
        'A producer may write events directly; what intake would have refused goes to the quarantine. Messages of one key stay in order.',
      license: { name: 'Apache-2.0' },
    },
    channels: {
      events: {
        address: EVENTS_TOPIC,
        description: 'Structured CloudEvents JSON; key `<source>|<subject>`.',
        messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
      },
      timeliness: {
        address: TIMELINESS_TOPIC,
        description:
          'What has become true by time alone, once per deadline and kind. Messages of `kind` `snapshot` are internal.',
        messages: { announcement: { $ref: '#/components/messages/announcement' } },
      },
    },
    operations: {
      takeEvents: { action: 'receive', channel: { $ref: '#/channels/events' } },
      announce: { action: 'send', channel: { $ref: '#/channels/timeliness' } },
    },
    components: {
      messages: {
        ...Object.fromEntries(
          types.map((type) => [
            type,
            {
              name: typeName(type),
              contentType: EVENT_MEDIA_TYPE,
              payload: { $ref: `#/components/schemas/${eventComponent(type)}` },
              examples: [{ payload: exampleOf(type) }],
            },
          ]),
        ),
        announcement: {
          contentType: 'application/json',
          payload: { $ref: '#/components/schemas/Announcement' },
        },
      },
      schemas: Object.fromEntries(schemas.map((name) => [name, all[name]])),
    },
  };
}
