import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import {
  type AgencyDoc,
  type CalendarDoc,
  FaultsError,
  faultsOfParents,
  isId,
  legibleAgencies,
  ProblemError,
  type ProcedureDoc,
  readAgencies,
  readCalendar,
  readProcedures,
} from '#libs/contracts';
import { CatalogueStore } from '#libs/store';

interface Upserted {
  upserted: number;
}

/** The catalogue's three paths: whole or not at all, `GET` gives the body that `PUT` takes. */
@Controller('v1/catalogue')
export class CatalogueController {
  constructor(@Inject(CatalogueStore) private readonly catalogues: CatalogueStore) {}

  @Put('agencies')
  async putAgencies(@Body() body: unknown): Promise<Upserted> {
    const read = readAgencies(body);
    if (!read.ok) {
      // The edit fails either way; what can be said of its parents is said now, too.
      const { agencies } = await this.catalogues.current();
      throw new FaultsError([...read.faults, ...faultsOfParents(legibleAgencies(body), agencies)]);
    }
    const validate = (existing: ReadonlyMap<string, AgencyDoc>) => faultsOfParents(read.value, existing);
    return { upserted: await this.catalogues.putAgencies(read.value, validate) };
  }

  @Get('agencies')
  async agencies(): Promise<{ agencies: AgencyDoc[] }> {
    return { agencies: [...(await this.catalogues.current()).agencies.values()] };
  }

  @Put('procedures')
  async putProcedures(@Body() body: unknown): Promise<Upserted> {
    const read = readProcedures(body);
    if (!read.ok) throw new FaultsError(read.faults);
    return { upserted: await this.catalogues.putProcedures(read.value) };
  }

  @Get('procedures')
  async procedures(): Promise<{ procedures: ProcedureDoc[] }> {
    return { procedures: [...(await this.catalogues.current()).procedures.values()] };
  }

  @Put('calendars/:id')
  async putCalendar(@Param('id') id: string, @Body() body: unknown): Promise<Upserted> {
    if (!isId(id))
      throw new ProblemError('bad-request', 'A calendar id has 1 to 256 characters, without NUL.');
    const read = readCalendar(body);
    if (!read.ok) throw new FaultsError(read.faults);
    return { upserted: await this.catalogues.putCalendar(id, read.value) };
  }

  @Get('calendars/:id')
  async calendar(@Param('id') id: string): Promise<CalendarDoc> {
    const calendar = (await this.catalogues.current()).calendars.get(id);
    if (!calendar) throw new ProblemError('not-found', 'There is no calendar of this id.');
    return calendar;
  }
}
