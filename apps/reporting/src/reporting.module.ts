import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '#libs/platform';
import { AgeingController } from './dossiers/ageing.controller.js';
import { AgeingReports } from './dossiers/ageing.js';
import { AgencyFiguresReader } from './agency-figures.js';
import { ApplyTimeliness } from './consumer/apply-timeliness.js';
import { CAUSE_LIST, Causes, readCauseList } from './dossiers/causes.js';
import { ComparisonReports } from './reports/comparison-report.js';
import { CounterMemory } from './counters/counter-memory.js';
import { Counting } from './counters/counting.js';
import { Decision766Controller } from './reports/decision-766.js';
import { DossierList } from './dossiers/dossier-list.js';
import { DurationsReports } from './dossiers/durations.js';
import { ExportsController } from './exports/exports.controller.js';
import { Figures } from './reports/figures.js';
import { Form06aReports } from './reports/form-06a.js';
import { FORM_06A_MAPPING, readForm06aMapping } from './reports/form-06a-mapping.js';
import { FormulasController } from './reports/formulas.controller.js';
import { FORMULA_REGISTRY, shippedFormulas } from './reports/formulas.js';
import { IdentityCheck } from './counters/identity-check.js';
import { IssuedReports } from './issued/issued-reports.js';
import { IssuedReportsController } from './issued/issued-reports.controller.js';
import { Knowledge } from './reports/knowledge.js';
import { KnownThen } from './dossiers/known-then.js';
import { LiveStream } from './live-stream.js';
import { metrics } from './metrics.js';
import { Past } from './past/past.js';
import { PastFigures } from './past/past-figures.js';
import { ProgressReader } from './progress.js';
import { PublicBoard } from './public-board/public-board.js';
import { PublicBoardController } from './public-board/public-board.controller.js';
import { Quarantine } from './quarantine/quarantine.js';
import { ReplayQuarantined } from './quarantine/replay-quarantined.js';
import { Restatements } from './restatements/restatements.js';
import { RestatementsController } from './restatements/restatements.controller.js';
import { ReportsController } from './reports.controller.js';
import { ReportMemory } from './reports/report-memory.js';
import { TimelinessReports } from './reports/timeliness-report.js';
import { TimelinessConsumer } from './consumer/timeliness.consumer.js';
import { VerifyIssued } from './issued/verify-issued.js';

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
