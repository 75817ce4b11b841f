import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { EventLogModule, logTransport } from '#libs/event-log';
import { PlatformModule, readConfig, runApp } from '#libs/platform';
import { StoreModule } from '#libs/store';
import { acceptReplays } from './quarantine/accept-replays.js';
import { serveApiPage } from './api-page.js';
import { servePage } from './page.js';
import { ReportingModule } from './reporting.module.js';
import { serveRunbooks } from './runbooks.js';

await runApp({
  name: 'reporting',
  config: readConfig(8080),
  module: (running) => ({
    module: class ReportingProcess {},
    imports: [
      PlatformModule.forProcess(running),
      StoreModule,
      EventLogModule.forTopics([EVENTS_TOPIC, TIMELINESS_TOPIC]),
      ReportingModule,
    ],
  }),
  prepare: async (fastify, app) => {
    acceptReplays(fastify);
    serveApiPage(app);
    serveRunbooks(fastify);
    await servePage(fastify);
  },
  transport: logTransport,
});
