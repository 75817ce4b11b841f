import { Module, type OnModuleInit } from '@nestjs/common';
import { AppendQueue } from './append-queue.js';
import { CatalogueController } from './catalogue.controller.js';
import { EventsController } from './events.controller.js';
import { metrics } from './metrics.js';

/** Events and catalogue in. Needs `EventLog` and `CatalogueStore` from the process around it. */
@Module({ controllers: [EventsController, CatalogueController], providers: [AppendQueue] })
export class IntakeModule implements OnModuleInit {
  onModuleInit(): void {
    metrics.register();
  }
}
