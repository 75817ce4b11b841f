import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CatalogueStore } from '#libs/store';
import { ApplyEvents } from './apply-events.js';
import { DossierEventsConsumer } from './dossier-events.consumer.js';
import { metrics } from './metrics.js';
import { MoveDeadlines } from './move-deadlines.js';
import { SourceActivity } from './source-activity.js';

@Module({
  controllers: [DossierEventsConsumer],
  providers: [ApplyEvents, MoveDeadlines, SourceActivity],
  exports: [ApplyEvents],
})
export class ProcessingModule implements OnModuleInit {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(SourceActivity) private readonly sources: SourceActivity,
  ) {}

  onModuleInit(): void {
    metrics.register(this.database, this.catalogues, this.sources);
  }
}
