import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { readFileSync } from 'node:fs';
import { openApi } from '#libs/contracts';

/** The contract for programs at /v1/openapi.json, and to be read and tried out at /docs. */
export function serveApiPage(app: NestFastifyApplication): void {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  SwaggerModule.setup('docs', app, openApi(version) as unknown as OpenAPIObject, {
    jsonDocumentUrl: 'v1/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Đúng Hạn API',
  });
}
