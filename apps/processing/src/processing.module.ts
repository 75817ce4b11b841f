import { Module, type OnModuleInit, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LogLag } from '#libs/event-log';
import { ApplyEvents } from './apply-events.js';
import { DossierEventsConsumer } from './dossier-events.consumer.js';
import { metrics } from './metrics.js';
import { MoveDeadlines } from './move-deadlines.js';

@Module({
  controllers: [DossierEventsConsumer],
  providers: [ApplyEvents, MoveDeadlines],
  exports: [ApplyEvents],
})
export class ProcessingModule implements OnModuleInit {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LogLag) private readonly lag: LogLag,
  ) {}

  onModuleInit(): void {
    metrics.register(this.database, this.lag);
  }
}
