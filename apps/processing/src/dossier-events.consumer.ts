import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EVENTS_TOPIC } from '#libs/contracts';
import { type LogBatch, PassFaultsOn } from '#libs/event-log';
import { ApplyEvents, PROCESSING_GROUP } from './apply-events.js';
import { SourceActivity } from './source-activity.js';

@Controller()
@UseFilters(PassFaultsOn)
export class DossierEventsConsumer {
  constructor(
    @Inject(ApplyEvents) private readonly applyEvents: ApplyEvents,
    @Inject(SourceActivity) private readonly sources: SourceActivity,
  ) {}

  @EventPattern<string>(EVENTS_TOPIC, { group: PROCESSING_GROUP })
  async apply(@Payload() batch: LogBatch): Promise<void> {
    const outcome = await this.applyEvents.apply(batch);
    if (outcome) this.sources.noted(outcome.applied);
  }
}
