import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { EventLogModule, logTransport } from '#libs/event-log';
import { PlatformModule, readConfig, runApp } from '#libs/platform';
import { StoreModule } from '#libs/store';
import { ClockModule } from '../../clock/src/clock.module.js';
import { acceptCloudEvents } from '../../intake/src/accept-bodies.js';
import { IntakeModule } from '../../intake/src/intake.module.js';
import { ProcessingModule } from '../../processing/src/processing.module.js';
import { acceptReplays } from '../../reporting/src/quarantine/accept-replays.js';
import { serveApiPage } from '../../reporting/src/api-page.js';
import { servePage } from '../../reporting/src/page.js';
import { ReportingModule } from '../../reporting/src/reporting.module.js';
import { serveRunbooks } from '../../reporting/src/runbooks.js';

await runApp({
  name: 'standalone',
  config: readConfig(8080),
  module: (running) => ({
    module: class StandaloneProcess {},
    imports: [
      PlatformModule.forProcess(running),
      StoreModule,
      EventLogModule.forTopics([EVENTS_TOPIC, TIMELINESS_TOPIC], { forwards: true }),
      IntakeModule,
      ProcessingModule,
      ClockModule,
      ReportingModule,
    ],
  }),
  prepare: async (fastify, app) => {
    acceptCloudEvents(fastify);
    acceptReplays(fastify);
    serveApiPage(app);
    serveRunbooks(fastify);
    await servePage(fastify);
  },
  transport: logTransport,
});
