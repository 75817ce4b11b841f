import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EVENTS_TOPIC } from '#libs/contracts';
import type { LogBatch } from '#libs/event-log';
import { ApplyEvents, PROCESSING_GROUP } from './apply-events.js';

@Controller()
export class DossierEventsConsumer {
  constructor(@Inject(ApplyEvents) private readonly applyEvents: ApplyEvents) {}

  @EventPattern<string>(EVENTS_TOPIC, { group: PROCESSING_GROUP })
  apply(@Payload() batch: LogBatch): Promise<void> {
    return this.applyEvents.apply(batch);
  }
}
