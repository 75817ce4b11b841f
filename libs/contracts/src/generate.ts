import { readFileSync } from 'node:fs';
import { asyncApi } from './asyncapi.js';
import { eventJsonSchema, openApi } from './openapi.js';

/** The documents of the interface below docs/, by path from the project's root. */
export function generated(): Record<string, string> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const documents: Record<string, object> = {
    'docs/openapi.json': openApi(version),
    'docs/asyncapi.json': asyncApi(version),
    'docs/schema/event.schema.json': eventJsonSchema(),
  };
  return Object.fromEntries(
    Object.entries(documents).map(([path, document]) => [path, `${JSON.stringify(document, null, 2)}\n`]),
  );
}
