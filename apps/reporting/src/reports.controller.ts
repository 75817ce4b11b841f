import { Body, Controller, Get, Headers, Inject, Param, Post, HttpCode, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { FaultsError, ProblemError, readReplayAll, readReplayOne } from '#libs/contracts';
import { explain, type Explanation, type Instant } from '#libs/dossier';
import { type Catalogue, CatalogueStore, loadDossierFacts } from '#libs/store';
import { Causes, type DossierCause } from './dossiers/causes.js';
import {
  ComparisonReports,
  type ComparisonReport,
  readComparisonQuery,
} from './reports/comparison-report.js';
import { type DossierJson, DossierList, type DossierPage, showDossier } from './dossiers/dossier-list.js';
import { type Form06aReport, Form06aReports, readFormQuery } from './reports/form-06a.js';
import { IdentityCheck } from './counters/identity-check.js';
import { LiveStream } from './live-stream.js';
import { measured } from './measured.js';
import type { ReportKind } from './metrics.js';
import { type Progress, ProgressReader } from './progress.js';
import { Quarantine, type QuarantineItem, type QuarantinePage } from './quarantine/quarantine.js';
import { type ReplayProgress, ReplayQuarantined } from './quarantine/replay-quarantined.js';
import { ReportMemory } from './reports/report-memory.js';
import { QueryReader, type RawQuery, readReportQuery } from './reports/report-query.js';

/** The read API: figures, dossiers, progress, live stream, quarantine. */
@Controller('v1')
export class ReportsController {
  constructor(
    @Inject(ReportMemory) private readonly remembered: ReportMemory,
    @Inject(Form06aReports) private readonly forms: Form06aReports,
    @Inject(ComparisonReports) private readonly comparisons: ComparisonReports,
    @Inject(DossierList) private readonly dossiers: DossierList,
    @Inject(Causes) private readonly causes: Causes,
    @Inject(ProgressReader) private readonly progressReader: ProgressReader,
    @Inject(LiveStream) private readonly stream: LiveStream,
    @Inject(Quarantine) private readonly quarantine: Quarantine,
    @Inject(ReplayQuarantined) private readonly replays: ReplayQuarantined,
    @Inject(IdentityCheck) private readonly identityCheck: IdentityCheck,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(DataSource) private readonly database: DataSource,
  ) {}

  @Get('reports/timeliness')
  async timeliness(@Query() raw: RawQuery, @Res() reply: FastifyReply): Promise<void> {
    const text = await measured('timeliness', async () => {
      const catalogue = await this.catalogues.current();
      return this.remembered.text(readReportQuery(raw, catalogue, Date.now()), catalogue);
    });
    await reply.type('application/json; charset=utf-8').send(text);
  }

  @Get('reports/form-06a')
  form06a(@Query() raw: RawQuery): Promise<Form06aReport> {
    return this.report('form-06a', async (catalogue, now) =>
      this.forms.make(readFormQuery(raw, catalogue, now), catalogue),
    );
  }

  @Get('reports/comparison')
  comparison(@Query() raw: RawQuery): Promise<ComparisonReport> {
    return this.report('comparison', async (catalogue, now) =>
      this.comparisons.make(readComparisonQuery(raw, catalogue, now), catalogue),
    );
  }

  /** Makes a report, measured, with what the running check of all figures has found. */
  private async report<Report extends { identities: { violations: string[] } }>(
    kind: ReportKind,
    make: (catalogue: Catalogue, now: Instant) => Promise<Report>,
  ): Promise<Report> {
    const report = await measured(kind, async () => make(await this.catalogues.current(), Date.now()));
    report.identities.violations.push(...this.identityCheck.violations());
    return report;
  }

  @Get('dossiers')
  async list(@Query() raw: RawQuery): Promise<DossierPage> {
    return this.dossiers.page(raw, await this.catalogues.current(), Date.now());
  }

  @Get('dossiers/:source/:code')
  async dossier(
    @Param('source') source: string,
    @Param('code') code: string,
  ): Promise<
    DossierJson & Pick<Explanation, 'events' | 'deadline' | 'anomalies'> & { overdueCause: DossierCause }
  > {
    const unknown = () => new ProblemError('not-found', 'There is no such dossier.');
    if ((source + code).includes('\u0000')) throw unknown();
    const [row, stored, overdueCause] = await Promise.all([
      this.dossiers.find(source, code),
      loadDossierFacts(this.database.manager, source, code),
      this.causes.of(source, code),
    ]);
    if (!row || !stored) throw unknown();
    const catalogue = await this.catalogues.current();
    const { events, deadline, anomalies } = explain(stored.facts, {
      pinned: stored.calendarVersion,
      calendar: catalogue.calendar,
    });
    return { ...showDossier(row, catalogue, Date.now()), events, deadline, anomalies, overdueCause };
  }

  @Get('progress')
  progress(): Promise<Progress> {
    return this.progressReader.read();
  }

  @Get('stream')
  async live(
    @Query() raw: RawQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const catalogue = await this.catalogues.current();
    const reader = new QueryReader(raw, ['agency']);
    const agency = reader.known('agency', catalogue.hasAgency, 'unknown-agency');
    if (lastEventId !== undefined && lastEventId !== '' && !/^\d{1,15}$/.test(lastEventId)) {
      reader.fault('Last-Event-ID', 'bad-value', 'Is not an id that this stream gave.');
    }
    reader.done();
    await this.stream.open(reply, agency, lastEventId ? Number(lastEventId) : undefined);
  }

  @Get('quarantine')
  quarantined(@Query() raw: RawQuery): Promise<QuarantinePage> {
    return this.quarantine.page(raw);
  }

  @Get('quarantine/:id')
  quarantinedOne(@Param('id') id: string): Promise<QuarantineItem> {
    return this.quarantine.one(id);
  }

  @Post('quarantine/replay')
  @HttpCode(202)
  replayAll(@Body() body: unknown): Promise<ReplayProgress> {
    const read = readReplayAll(body);
    if (!read.ok) throw new FaultsError(read.faults);
    return this.replays.all(read.value);
  }

  @Post('quarantine/:id/replay')
  @HttpCode(202)
  replay(@Param('id') id: string, @Body() body: unknown): Promise<QuarantineItem> {
    const read = readReplayOne(body);
    if (!read.ok) throw new FaultsError(read.faults);
    return this.replays.one(id, read.value.reason);
  }
}
