import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CatalogueStore } from '#libs/store';
import { measured } from '../measured.js';
import { type RawQuery } from '../reports/report-query.js';
import { type RestatedDossiersPage, Restatements, type RestatementsPage } from './restatements.js';
import { readCellsQuery, readDossiersQuery } from './restatements-query.js';

/** What of a period has become another figure between two instants of knowledge, and which dossiers did it. */
@Controller('v1/reports/restatements')
export class RestatementsController {
  constructor(
    @Inject(Restatements) private readonly restatements: Restatements,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
  ) {}

  @Get()
  cells(@Query() raw: RawQuery): Promise<RestatementsPage> {
    return measured('restatements', async () => {
      const catalogue = await this.catalogues.current();
      return this.restatements.cells(readCellsQuery(raw, catalogue, Date.now()), catalogue);
    });
  }

  @Get('dossiers')
  dossiers(@Query() raw: RawQuery): Promise<RestatedDossiersPage> {
    return measured('restatements', async () => {
      const catalogue = await this.catalogues.current();
      return this.restatements.dossiers(readDossiersQuery(raw, catalogue, Date.now()), catalogue);
    });
  }
}
