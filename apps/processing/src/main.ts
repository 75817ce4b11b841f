import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { EventLogModule, logTransport } from '#libs/event-log';
import { PlatformModule, readConfig, runApp } from '#libs/platform';
import { StoreModule } from '#libs/store';
import { ProcessingModule } from './processing.module.js';

await runApp({
  name: 'processing',
  config: readConfig(8082),
  module: (running) => ({
    module: class ProcessingProcess {},
    imports: [
      PlatformModule.forProcess(running),
      StoreModule,
      EventLogModule.forTopics([EVENTS_TOPIC, TIMELINESS_TOPIC], { forwards: true }),
      ProcessingModule,
    ],
  }),
  transport: logTransport,
});
