import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '#libs/platform';
import { AgeingController } from './ageing.controller.js';
import { AgeingReports } from './ageing.js';
import { AgencyFiguresReader } from './agency-figures.js';
import { ApplyTimeliness } from './apply-timeliness.js';
import { CAUSE_LIST, Causes, readCauseList } from './causes.js';
import { ComparisonReports } from './comparison-report.js';
import { CounterMemory } from './counter-memory.js';
import { Counting } from './counting.js';
import { Decision766Controller } from './decision-766.js';
import { DossierList } from './dossier-list.js';
import { DurationsReports } from './durations.js';
import { ExportsController } from './exports.controller.js';
import { Figures } from './figures.js';
import { Form06aReports } from './form-06a.js';
import { FORM_06A_MAPPING, readForm06aMapping } from './form-06a-mapping.js';
import { FormulasController } from './formulas.controller.js';
import { FORMULA_REGISTRY, shippedFormulas } from './formulas.js';
import { IdentityCheck } from './identity-check.js';
import { IssuedReports } from './issued-reports.js';
import { IssuedReportsController } from './issued-reports.controller.js';
import { Knowledge } from './knowledge.js';
import { KnownThen } from './known-then.js';
import { LiveStream } from './live-stream.js';
import { metrics } from './metrics.js';
import { Past } from './past.js';
import { PastFigures } from './past-figures.js';
import { ProgressReader } from './progress.js';
import { PublicBoard } from './public-board.js';
import { PublicBoardController } from './public-board.controller.js';
import { Quarantine } from './quarantine.js';
import { ReplayQuarantined } from './replay-quarantined.js';
import { Restatements } from './restatements.js';
import { RestatementsController } from './restatements.controller.js';
import { ReportsController } from './reports.controller.js';
import { ReportMemory } from './report-memory.js';
import { TimelinessReports } from './timeliness-report.js';
import { TimelinessConsumer } from './timeliness.consumer.js';
import { VerifyIssued } from './verify-issued.js';

@Module({
  controllers: [
    AgeingController,
    Decision766Controller,
    // Before the controller of one dossier, whose address would take an export for one.
    ExportsController,
    FormulasController,
    IssuedReportsController,
    PublicBoardController,
    ReportsController,
    RestatementsController,
    TimelinessConsumer,
  ],
  providers: [
    AgeingReports,
    AgencyFiguresReader,
    ApplyTimeliness,
    Causes,
    {
      provide: CAUSE_LIST,
      inject: [CONFIG],
      useFactory: (config: Config) => readCauseList(config.OVERDUE_CAUSES),
    },
    ComparisonReports,
    CounterMemory,
    Counting,
    DossierList,
    DurationsReports,
    Figures,
    Form06aReports,
    {
      provide: FORM_06A_MAPPING,
      inject: [CONFIG],
      useFactory: (config: Config) => readForm06aMapping(config.FORM_06A_MAPPING),
    },
    { provide: FORMULA_REGISTRY, useFactory: shippedFormulas },
    IdentityCheck,
    IssuedReports,
    Knowledge,
    KnownThen,
    LiveStream,
    Past,
    PastFigures,
    ProgressReader,
    PublicBoard,
    Quarantine,
    ReplayQuarantined,
    Restatements,
    TimelinessReports,
    ReportMemory,
    VerifyIssued,
  ],
})
export class ReportingModule implements OnModuleInit {
  constructor(@Inject(AgencyFiguresReader) private readonly agencyFigures: AgencyFiguresReader) {}

  onModuleInit(): void {
    metrics.register(() => this.agencyFigures.read());
  }
}
