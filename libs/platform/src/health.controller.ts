import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { DataSource } from 'typeorm';
import { Liveness } from './liveness.js';
import { scraped } from './metrics.js';

@Controller()
export class HealthController {
  constructor(
    @Inject(Liveness) private readonly liveness: Liveness,
    @Inject(DataSource) private readonly database: DataSource,
  ) {}

  /** Alive: every loop of this process makes progress. */
  @Get('health/live')
  live(@Res() reply: FastifyReply): void {
    const stalled = this.liveness.stalled();
    void reply
      .status(stalled.length ? 503 : 200)
      .send({ status: stalled.length ? 'stalled' : 'ok', stalled });
  }

  /** Ready: the database answers, so requests can be served. */
  @Get('health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    try {
      await this.database.query('select 1');
      void reply.status(200).send({ status: 'ok' });
    } catch (error) {
      void reply.status(503).send({ status: 'database unavailable', detail: (error as Error).message });
    }
  }

  @Get('metrics')
  @Header('content-type', register.contentType)
  metrics(): Promise<string> {
    return scraped();
  }
}
