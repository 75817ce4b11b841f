import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { openApi } from '#libs/contracts';
import { versionOf } from '#libs/platform';

/** The contract for programs at /v1/openapi.json, and to be read and tried out at /docs. */
export function serveApiPage(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, openApi(versionOf()) as unknown as OpenAPIObject, {
    jsonDocumentUrl: 'v1/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Đúng Hạn API',
  });
}
