import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EVENTS_TOPIC } from '#libs/contracts';
import { type LogBatch, PassFaultsOn } from '#libs/event-log';
import { ApplyEvents, PROCESSING_GROUP } from './apply-events.js';

@Controller()
@UseFilters(PassFaultsOn)
export class DossierEventsConsumer {
  constructor(@Inject(ApplyEvents) private readonly applyEvents: ApplyEvents) {}

  @EventPattern<string>(EVENTS_TOPIC, { group: PROCESSING_GROUP })
  apply(@Payload() batch: LogBatch): Promise<void> {
    return this.applyEvents.apply(batch);
  }
}
