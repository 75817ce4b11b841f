import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { dayOf } from '#libs/dossier';
import { backoffMs, DATABASE_URL, Listener, LOGGER, type Logger, pause } from '#libs/platform';
import { CatalogueStore } from '#libs/store';
import { type DossierRow, showDossier } from './dossiers/dossier-list.js';
import { metrics } from './metrics.js';
import { TimelinessReports } from './reports/timeliness-report.js';

const HEARTBEAT_MS = 15_000;
/** Without a hint the stream looks by itself this often. */
const LOOK_EVERY_MS = 1_000;
const PAGE = 1_000;
/** A reader that does not read is cut off; it resumes by Last-Event-ID. */
const MOST_UNREAD_BYTES = 16_000_000;
const KEPT_HOURS = 24;

interface Client {
  reply: FastifyReply;
  agency: string | undefined;
  /** Everything up to here has been sent. */
  lastId: number;
  lastTotals: string;
}

interface NewsRow extends DossierRow {
  id: string;
  kind: string;
  agency: string | null;
}

/**
 * Server-sent events. Everything sent has an id from `reporting.live_event`, so a reader that comes
 * back with Last-Event-ID misses nothing; several copies of reporting may serve readers.
 */
@Injectable()
export class LiveStream implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly clients = new Set<Client>();
  private wake = new AbortController();
  private loops: Promise<unknown> = Promise.resolve();
  private listener: Listener | undefined;
  private totalsDue = false;
  private totalsSentAt = 0;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loops = Promise.all([this.sendNews(), this.beat()]);
    // News that another copy of reporting has applied.
    this.listener = new Listener({
      ...{ url: this.databaseUrl, applicationName: 'dunghan-stream', channel: 'dunghan_live' },
      onNotification: () => this.changed(),
      onListening: () => this.changed(),
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    this.wake.abort();
    for (const { reply } of this.clients) reply.raw.end();
    await Promise.all([this.loops, this.listener?.stop()]);
  }

  /** Something was applied: look for news now. */
  changed(): void {
    this.totalsDue = true;
    if (this.clients.size > 0) this.wake.abort();
  }

  async open(
    reply: FastifyReply,
    agency: string | undefined,
    lastEventId: number | undefined,
  ): Promise<void> {
    const [row] = await this.database.query<{ id: string | null }[]>(
      'select max(id) as id from reporting.live_event',
    );
    const client: Client = { reply, agency, lastId: lastEventId ?? Number(row?.id ?? 0), lastTotals: '' };
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'x-accel-buffering': 'no',
    });
    reply.raw.write('retry: 2000\n\n');
    reply.raw.on('close', () => {
      this.clients.delete(client);
      metrics.clients(this.clients.size);
    });
    this.clients.add(client);
    metrics.clients(this.clients.size);
    this.totalsDue = true;
    this.totalsSentAt = 0;
    this.wake.abort();
  }

  private async sendNews(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      this.wake = new AbortController();
      try {
        if (this.clients.size > 0) {
          while (await this.sendPage()) continue;
          if (this.totalsDue && Date.now() - this.totalsSentAt >= 1_000) await this.sendTotals();
        }
        failures = 0;
      } catch (error) {
        failures += 1;
        this.logger.warn({ err: error }, 'the live stream could not look for news; trying again');
        await pause(backoffMs(failures), this.stopping.signal);
      }
      if (!this.stopping.signal.aborted) await pause(LOOK_EVERY_MS, this.wake.signal);
    }
  }

  /** Sends the next news to the readers that lack them; true if there may be more. */
  private async sendPage(): Promise<boolean> {
    const clients = [...this.clients];
    const after = Math.min(...clients.map(({ lastId }) => lastId));
    const rows = await this.database.query<NewsRow[]>(
      `select n.id, n.kind, d.source, d.code, d.agency, d.doc
         from (select * from reporting.live_event where id > $1 order by id limit ${PAGE}) n
         join reporting.dossier d on d.source = n.source and d.code = n.code order by n.id`,
      [after],
    );
    if (rows.length === 0) return false;
    const catalogue = await this.catalogues.current();
    const now = Date.now();
    const subtrees = new Map(
      [...new Set(clients.map(({ agency }) => agency))].map((agency) => [
        agency,
        agency === undefined ? undefined : new Set(catalogue.subtree(agency, dayOf(now))),
      ]),
    );
    // One write a reader and page: a write each would cost more than making the messages.
    const texts = new Map<Client, string[]>(clients.map((client) => [client, []]));
    for (const row of rows) {
      const id = Number(row.id);
      let frame: string | undefined;
      for (const [client, frames] of texts) {
        if (client.lastId >= id) continue;
        client.lastId = id;
        const subtree = subtrees.get(client.agency);
        if (subtree && !(row.agency !== null && subtree.has(row.agency))) continue;
        frame ??= `id: ${id}\nevent: ${row.kind}\ndata: ${JSON.stringify(showDossier(row, catalogue, now))}\n\n`;
        frames.push(frame);
      }
    }
    for (const [client, frames] of texts) if (frames.length > 0) this.write(client, frames.join(''));
    return rows.length >= PAGE / 2;
  }

  /** The row of today, to whom it has changed. */
  private async sendTotals(): Promise<void> {
    this.totalsDue = false;
    this.totalsSentAt = Date.now();
    const catalogue = await this.catalogues.current();
    const rows = new Map<string | undefined, string>();
    for (const client of this.clients) {
      if (!rows.has(client.agency)) {
        const now = Date.now();
        const today = dayOf(now);
        const report = await this.reports.make(
          {
            ...{ from: today, to: today, by: undefined, agency: client.agency, procedure: undefined },
            ...{ domain: undefined, channel: undefined, flat: false, asOf: now, historical: false },
            ...{ period: null, tree: 'recorded' },
          },
          catalogue,
        );
        rows.set(client.agency, JSON.stringify(report.total));
      }
      const totals = rows.get(client.agency) as string;
      if (totals === client.lastTotals) continue;
      client.lastTotals = totals;
      this.write(client, `event: totals\ndata: ${totals}\n\n`);
    }
  }

  private write(client: Client, text: string): void {
    if (client.reply.raw.destroyed || client.reply.raw.writableEnded) return;
    client.reply.raw.write(text);
    if (client.reply.raw.writableLength > MOST_UNREAD_BYTES) client.reply.raw.destroy();
  }

  /** Keeps connections open through proxies; lets time itself change the totals; drops old news. */
  private async beat(): Promise<void> {
    let prunedAt = 0;
    while (!this.stopping.signal.aborted) {
      await pause(HEARTBEAT_MS, this.stopping.signal);
      this.totalsDue = true;
      for (const client of this.clients) this.write(client, ': still here\n\n');
      if (Date.now() - prunedAt < 3_600_000) continue;
      prunedAt = Date.now();
      await this.database
        .query(`delete from reporting.live_event where at < now() - interval '${KEPT_HOURS} hours'`)
        .catch((error: unknown) => this.logger.warn({ err: error }, 'dropping old news failed'));
    }
  }
}
