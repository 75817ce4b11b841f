import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { TIMELINESS_TOPIC } from '#libs/contracts';
import { type LogBatch, PassFaultsOn } from '#libs/event-log';
import { ApplyTimeliness, REPORTING_GROUP } from './apply-timeliness.js';
import { LiveStream } from '../live-stream.js';

@Controller()
@UseFilters(PassFaultsOn)
export class TimelinessConsumer {
  constructor(
    @Inject(ApplyTimeliness) private readonly applyTimeliness: ApplyTimeliness,
    @Inject(LiveStream) private readonly stream: LiveStream,
  ) {}

  @EventPattern<string>(TIMELINESS_TOPIC, { group: REPORTING_GROUP })
  async apply(@Payload() batch: LogBatch): Promise<void> {
    await this.applyTimeliness.apply(batch);
    this.stream.changed();
  }
}
