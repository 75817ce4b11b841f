import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { EventLogModule } from '#libs/event-log';
import { PlatformModule, readConfig, runApp } from '#libs/platform';
import { StoreModule } from '#libs/store';
import { ClockModule } from './clock.module.js';

await runApp({
  name: 'clock',
  config: readConfig(8083),
  module: (running) => ({
    module: class ClockProcess {},
    imports: [
      PlatformModule.forProcess(running),
      StoreModule,
      EventLogModule.forTopics([EVENTS_TOPIC, TIMELINESS_TOPIC], { forwards: true }),
      ClockModule,
    ],
  }),
});
