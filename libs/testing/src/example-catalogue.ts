import type { DataSource } from 'typeorm';
import { CatalogueStore } from '#libs/store';
import { EXAMPLE_WORLD } from './example-world.js';

/** A database's catalogue, filled with the example's calendar, agencies and procedures. */
export async function exampleCatalogue(database: DataSource): Promise<CatalogueStore> {
  const catalogues = new CatalogueStore(database);
  await catalogues.seedCalendar(EXAMPLE_WORLD.calendars[0]?.document as never);
  await catalogues.putAgencies(EXAMPLE_WORLD.agencies);
  await catalogues.putProcedures(EXAMPLE_WORLD.procedures as never);
  return catalogues;
}
