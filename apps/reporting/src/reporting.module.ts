import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '#libs/platform';
import { AgencyFiguresReader } from './agency-figures.js';
import { ApplyTimeliness } from './apply-timeliness.js';
import { CounterMemory } from './counter-memory.js';
import { Counting } from './counting.js';
import { Decision766Controller } from './decision-766.js';
import { DossierList } from './dossier-list.js';
import { ExportsController } from './exports.controller.js';
import { Figures } from './figures.js';
import { Form06aReports } from './form-06a.js';
import { FORM_06A_MAPPING, readForm06aMapping } from './form-06a-mapping.js';
import { IdentityCheck } from './identity-check.js';
import { LiveStream } from './live-stream.js';
import { metrics } from './metrics.js';
import { ProgressReader } from './progress.js';
import { Quarantine } from './quarantine.js';
import { ReplayQuarantined } from './replay-quarantined.js';
import { ReportsController } from './reports.controller.js';
import { TimelinessReports } from './timeliness-report.js';
import { TimelinessConsumer } from './timeliness.consumer.js';

@Module({
  controllers: [ReportsController, ExportsController, Decision766Controller, TimelinessConsumer],
  providers: [
    AgencyFiguresReader,
    ApplyTimeliness,
    CounterMemory,
    Counting,
    DossierList,
    Figures,
    Form06aReports,
    {
      provide: FORM_06A_MAPPING,
      inject: [CONFIG],
      useFactory: (config: Config) => readForm06aMapping(config.FORM_06A_MAPPING),
    },
    IdentityCheck,
    LiveStream,
    ProgressReader,
    Quarantine,
    ReplayQuarantined,
    TimelinessReports,
  ],
})
export class ReportingModule implements OnModuleInit {
  constructor(@Inject(AgencyFiguresReader) private readonly agencyFigures: AgencyFiguresReader) {}

  onModuleInit(): void {
    metrics.register(() => this.agencyFigures.read());
  }
}
