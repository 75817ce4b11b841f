import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { EventLogModule } from '#libs/event-log';
import { PlatformModule, readConfig, runApp } from '#libs/platform';
import { StoreModule } from '#libs/store';
import { acceptCloudEvents } from './accept-bodies.js';
import { IntakeModule } from './intake.module.js';

await runApp({
  name: 'intake',
  config: readConfig(8081),
  module: (running) => ({
    module: class IntakeProcess {},
    imports: [
      PlatformModule.forProcess(running),
      StoreModule,
      EventLogModule.forTopics([EVENTS_TOPIC, TIMELINESS_TOPIC]),
      IntakeModule,
    ],
  }),
  prepare: acceptCloudEvents,
});
