import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { readFile } from 'node:fs/promises';
import { DataSource } from 'typeorm';
import type { CalendarDoc } from '#libs/contracts';
import { ASSERT_HELD, CONFIG, type Config, DATABASE_URL } from '#libs/platform';
import { CatalogueStore } from './catalogue-store.js';
import { connect } from './data-source.js';

/** The calendar that ships, found from the source tree as well as from the build. */
async function shippedCalendar(): Promise<CalendarDoc> {
  for (const up of ['../../../data', '../../../../data']) {
    try {
      const text = await readFile(new URL(`${up}/calendars/default.json`, import.meta.url), 'utf8');
      const { sessions, days } = JSON.parse(text) as CalendarDoc;
      return { sessions, days };
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('data/calendars/default.json is missing from this installation');
}

/**
 * The database: connected, migrated, with the default calendar in it. It goes last: loops stop when their
 * modules are destroyed, HTTP and consumers after that.
 */
@Global()
@Module({
  providers: [
    {
      provide: DataSource,
      inject: [DATABASE_URL, CONFIG, ASSERT_HELD],
      useFactory: (url: string, config: Config, assertHeld: () => void) =>
        connect(url, config.DATABASE_POOL, assertHeld),
    },
    {
      provide: CatalogueStore,
      inject: [DataSource],
      useFactory: async (database: DataSource) => {
        const store = new CatalogueStore(database);
        await store.seedCalendar(await shippedCalendar());
        return store;
      },
    },
  ],
  exports: [DataSource, CatalogueStore],
})
export class StoreModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.destroy();
  }
}
