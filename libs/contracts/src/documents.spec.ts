import { describe, expect, it } from '@jest/globals';
import { asyncApi } from './asyncapi.js';
import { EVENT_DOCUMENTS } from './events.js';
import { exampleOf } from './examples.js';
import { eventJsonSchema, openApi } from './openapi.js';
import { parseEvent } from './parse-event.js';
import { readMessage } from './read-message.js';

const documents: [string, object][] = [
  ['openapi', openApi('1.0.0')],
  ['asyncapi', asyncApi('1.0.0')],
  ['event schema', eventJsonSchema()],
];

/** Every `$ref` of a document that leads nowhere. */
function dangling(document: object): string[] {
  const missing: string[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key === '$ref' && typeof member === 'string') {
        const path = member.replace(/^#\//, '').split('/');
        const found = path.reduce<unknown>(
          (at, step) => (at as Record<string, unknown> | undefined)?.[step],
          document,
        );
        if (found === undefined) missing.push(member);
      } else visit(member);
    }
  };
  visit(document);
  return missing;
}

describe.each(documents)('the generated %s', (_, document) => {
  it('has no reference that leads nowhere', () => expect(dangling(document)).toEqual([]));
  it('holds no JavaScript values', () => expect(JSON.parse(JSON.stringify(document))).toEqual(document));
});

describe('the OpenAPI document', () => {
  it('has every path of the contract', () => {
    expect(Object.keys(openApi('1.0.0').paths as object).sort()).toEqual([
      '/health/live',
      '/health/ready',
      '/metrics',
      '/v1/catalogue/agencies',
      '/v1/catalogue/calendars/{id}',
      '/v1/catalogue/procedures',
      '/v1/dossiers',
      '/v1/dossiers/export',
      '/v1/dossiers/{source}/{code}',
      '/v1/dossiers/{source}/{code}/cause',
      '/v1/events',
      '/v1/formulas',
      '/v1/overdue-causes',
      '/v1/progress',
      '/v1/public/timeliness',
      '/v1/quarantine',
      '/v1/quarantine/replay',
      '/v1/quarantine/{id}',
      '/v1/quarantine/{id}/replay',
      '/v1/reports/ageing',
      '/v1/reports/comparison',
      '/v1/reports/decision-766',
      '/v1/reports/durations',
      '/v1/reports/form-06a',
      '/v1/reports/form-06a/export',
      '/v1/reports/issued',
      '/v1/reports/issued/{number}',
      '/v1/reports/issued/{number}/verify',
      '/v1/reports/issued/{number}/withdraw',
      '/v1/reports/restatements',
      '/v1/reports/restatements/dossiers',
      '/v1/reports/timeliness',
      '/v1/reports/timeliness/export',
      '/v1/stream',
    ]);
  });
});

describe('the AsyncAPI document', () => {
  const { channels, operations, components } = asyncApi('1.0.0') as {
    channels: Record<string, { address: string; bindings: { kafka: Record<string, unknown> } }>;
    operations: Record<string, { action: string; bindings?: object }>;
    components: {
      messages: Record<
        string,
        { examples?: { headers?: Record<string, string>; payload: object }[]; bindings: object }
      >;
    };
  };

  it('binds every channel to its topic, every message to its key, every reader to its group', () => {
    expect(Object.keys(channels)).toHaveLength(2);
    for (const { address, bindings } of Object.values(channels)) {
      expect(bindings.kafka).toMatchObject({
        ...{ topic: address, bindingVersion: '0.5.0' },
        topicConfiguration: { 'cleanup.policy': ['delete'], 'max.message.bytes': 11_534_336 },
      });
    }
    for (const { bindings } of Object.values(components.messages)) {
      expect(bindings).toMatchObject({ kafka: { key: { type: 'string' }, bindingVersion: '0.5.0' } });
    }
    const groups = Object.values(operations).flatMap(({ action, bindings }) =>
      action === 'receive' ? [bindings] : [],
    );
    expect(groups).toMatchObject([
      { kafka: { groupId: { enum: ['processing'] } } },
      { kafka: { groupId: { enum: ['reporting'] } } },
    ]);
  });

  const examples = Object.entries(components.messages).flatMap(([name, message]) =>
    (message.examples ?? []).map((example) => [name, example] as const),
  );
  it('has every event type in both modes', () => expect(examples).toHaveLength(2 * EVENT_DOCUMENTS.size));
  it.each(examples)('has an example of %s that is taken', (_name, { headers = {}, payload }) => {
    const read = readMessage({ value: JSON.stringify(payload), headers });
    expect(read.ok && parseEvent(read.raw, 0)).toMatchObject({ ok: true });
  });
});

describe('the JSON Schema of events', () => {
  const { $defs } = eventJsonSchema() as { $defs: Record<string, Record<string, object>> };

  it('says what the prose of the contract says', () => {
    expect($defs.AcceptedEvent).toMatchObject({
      type: 'object',
      required: ['specversion', 'source', 'id', 'type', 'subject', 'time', 'data'],
      properties: {
        specversion: { const: '1.0' },
        source: { type: 'string', minLength: 1, maxLength: 256 },
        type: { const: 'vn.tthc.dossier.accepted.v1' },
        time: { type: 'string', format: 'date-time' },
        data: {
          required: ['procedure', 'receivingAgency', 'channel'],
          properties: { limit: { properties: { amount: { minimum: 0, maximum: 10_000, multipleOf: 0.5 } } } },
        },
      },
    });
    expect($defs.ResolvedEvent?.required).not.toContain('data');
  });

  it.each([...EVENT_DOCUMENTS.keys()])('has an example of %s that is taken', (type) => {
    expect(parseEvent(exampleOf(type), 0)).toMatchObject({ ok: true });
  });
});
