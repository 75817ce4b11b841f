import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { FaultsError, ProblemError, readCauseBody } from '#libs/contracts';
import type { Instant } from '#libs/dossier';
import { type Catalogue, CatalogueStore } from '#libs/store';
import { type AgeingReport, AgeingReports, readAgeingQuery } from './ageing.js';
import { type CauseList, Causes, type DossierCause } from './causes.js';
import { type DurationsReport, DurationsReports, readDurationsQuery } from './durations.js';
import { metrics, type ReportKind } from '../metrics.js';
import type { RawQuery } from '../reports/report-query.js';

/** How old what is open is, how long what was resolved took, and why what is late is late. */
@Controller('v1')
export class AgeingController {
  constructor(
    @Inject(AgeingReports) private readonly ageing: AgeingReports,
    @Inject(DurationsReports) private readonly durations: DurationsReports,
    @Inject(Causes) private readonly causes: Causes,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
  ) {}

  @Get('reports/ageing')
  ageingReport(@Query() raw: RawQuery): Promise<AgeingReport> {
    return this.measured('ageing', (catalogue, now) =>
      this.ageing.make(readAgeingQuery(raw, catalogue, now), catalogue),
    );
  }

  @Get('reports/durations')
  durationsReport(@Query() raw: RawQuery): Promise<DurationsReport> {
    return this.measured('durations', (catalogue, now) =>
      this.durations.make(readDurationsQuery(raw, catalogue, now), catalogue),
    );
  }

  private async measured<Report>(
    kind: ReportKind,
    make: (catalogue: Catalogue, now: Instant) => Promise<Report>,
  ): Promise<Report> {
    const started = performance.now();
    const catalogue = await this.catalogues.current();
    try {
      const report = await make(catalogue, Date.now());
      metrics.reported(kind, (performance.now() - started) / 1_000);
      return report;
    } catch (error) {
      // Whoever asked wrongly is told so; that is no failure of ours.
      if (!(error instanceof ProblemError)) metrics.reportFailed(kind);
      throw error;
    }
  }

  @Get('overdue-causes')
  causeList(): CauseList {
    return this.causes.list;
  }

  @Put('dossiers/:source/:code/cause')
  setCause(
    @Param('source') source: string,
    @Param('code') code: string,
    @Body() body: unknown,
  ): Promise<DossierCause> {
    if ((source + code).includes('\u0000')) throw new ProblemError('not-found', 'There is no such dossier.');
    const read = readCauseBody(body);
    if (!read.ok) throw new FaultsError(read.faults);
    return this.causes.set(source, code, read.value, Date.now());
  }
}
