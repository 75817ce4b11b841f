import { Body, Controller, Headers, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  BATCH_MEDIA_TYPE,
  EVENTS_TOPIC,
  FaultsError,
  type IncomingEvent,
  mediaTypeOf,
  MOST_EVENTS,
  ProblemError,
  readJson,
} from '#libs/contracts';
import { EventLog, type LogMessage, sendSpan } from '#libs/event-log';
import { kindOfFault, spanOf, TRACE_HEADER, traceOf } from '#libs/platform';
import { CatalogueStore } from '#libs/store';
import { AppendQueue } from './append-queue.js';
import { judgeEvents } from './judge-events.js';
import { metrics } from './metrics.js';

/** `POST /v1/events`: one event or a batch; `202` only once the log has them all. */
@Controller('v1/events')
export class EventsController {
  constructor(
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(AppendQueue) private readonly queue: AppendQueue,
    @Inject(EventLog) private readonly log: EventLog,
  ) {}

  @Post()
  @HttpCode(202)
  async post(
    @Body() body: Buffer,
    @Headers('content-type') contentType: string,
    @Headers(TRACE_HEADER) traceparent: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<{ accepted: number }> {
    const arrivedAt = Date.now();
    const raws = rawEvents(body, mediaTypeOf(contentType) === BATCH_MEDIA_TYPE);
    const catalogue = await this.catalogues.current();
    let events: IncomingEvent[];
    try {
      events = judgeEvents(raws, catalogue, arrivedAt);
    } catch (error) {
      if (error instanceof FaultsError) metrics.refused(error.errors ?? []);
      throw error;
    }
    const span = sendSpan(this.log, EVENTS_TOPIC, events.length, spanOf(request));
    const trace = span?.traceparent ?? traceOf(traceparent);
    const headers = { recordedat: String(arrivedAt), ...(trace && { [TRACE_HEADER]: trace }) };
    try {
      await this.queue.append(events.map((event) => messageOf(event, headers)));
      span?.end();
    } catch (error) {
      span?.end({ failed: kindOfFault(error) });
      throw error;
    }
    metrics.received(events);
    return { accepted: events.length };
  }
}

function rawEvents(body: Buffer, batch: boolean): unknown[] {
  const read = readJson(body);
  if (!read.ok) throw new FaultsError([read.fault]);
  if (!batch) return [read.value];
  if (!Array.isArray(read.value)) {
    throw new FaultsError([
      { index: 0, pointer: '', code: 'wrong-type', detail: 'A batch must be an array of events.' },
    ]);
  }
  if (read.value.length > MOST_EVENTS) {
    throw new ProblemError(
      'too-large',
      `A batch has at most ${MOST_EVENTS} events; nothing of it was taken.`,
    );
  }
  return read.value;
}

const messageOf = (event: IncomingEvent, headers: Record<string, string>): LogMessage => ({
  key: `${event.source}|${event.subject}`,
  value: event.canonical,
  headers,
});
