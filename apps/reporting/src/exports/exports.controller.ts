import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { type FormulaRegistry, ProblemError } from '#libs/contracts';
import { formatDay, dayOf, formatInstant, type Instant } from '#libs/dossier';
import { CONFIG, type Config } from '#libs/platform';
import { type Catalogue, CatalogueStore } from '#libs/store';
import { DossierList } from '../dossiers/dossier-list.js';
import { csv } from './csv.js';
import { dossierColumns } from './dossier-table.js';
import { type ExportChoice, type Format, readExportQuery } from './export-query.js';
import { attachment, fileNameOf, plainName } from './file-name.js';
import { form06aPdf } from './form-06a-pdf.js';
import { formColumns, FORM_TITLE } from './form-06a-table.js';
import {
  dossierNotes,
  factsOf,
  filterWords,
  formNotes,
  NOTES_TITLE,
  shownDay,
  timelinessNotes,
} from './report-notes.js';
import { type Cell, type Column, type Note, say, type Table } from './table.js';
import { timelinessPdf } from './timeliness-pdf.js';
import { timelinessColumns } from './timeliness-table.js';
import { workbook } from './xlsx.js';
import { Form06aReports, readFormQuery } from '../reports/form-06a.js';
import { FORMULA_REGISTRY } from '../reports/formulas.js';
import { IdentityCheck } from '../counters/identity-check.js';
import { type ExportKind, metrics } from '../metrics.js';
import { ListChecksum } from '../reports/report-checksum.js';
import { type RawQuery, readReportQuery } from '../reports/report-query.js';
import { TimelinessReports } from '../reports/timeliness-report.js';

const MEDIA_TYPES: Record<Format, string> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8; header=present',
  pdf: 'application/pdf',
};
/** Each takes a connection to the database for as long as its reader takes to read. */
const MOST_LISTS_AT_ONCE = 4;
/** A reader that takes nothing for so long has gone without saying so. */
const READER_STANDS_STILL_MS = 60_000;

/** What is sent, in whatever format. */
interface Sending {
  kind: ExportKind;
  format: Format;
  fileName: string;
  asOf: Instant;
  /** How many rows it has, totals not counted. */
  rows: number;
  checksum?: string;
}

/** Reports and lists as files: the figures of the read API, to the letter. */
@Controller('v1')
export class ExportsController {
  private lists = 0;

  constructor(
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(Form06aReports) private readonly forms: Form06aReports,
    @Inject(DossierList) private readonly dossiers: DossierList,
    @Inject(IdentityCheck) private readonly identityCheck: IdentityCheck,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(FORMULA_REGISTRY) private readonly registry: FormulaRegistry,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('reports/timeliness/export')
  async timeliness(
    @Query() raw: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { catalogue, now } = await this.opening();
    const { choice, question } = await readExportQuery(raw, ['xlsx', 'csv', 'pdf'], (rest) =>
      readReportQuery(rest, catalogue, now),
    );
    const { language, format } = choice;
    const make = (query: typeof question) => this.reports.make(query, catalogue);
    const report = await make(question);
    report.identities.violations.push(...this.identityCheck.violations());
    const facts = factsOf(report, 'timeliness', {
      ...{ agency: question.agency, asOf: question.asOf, catalogue, language },
      formulas: this.registry.formulas,
      address: this.addressOf(request, { ...raw, format: 'pdf', asOf: formatInstant(question.asOf) }, [
        'separator',
      ]),
    });
    const sending: Sending = {
      ...{ kind: 'timeliness', format, asOf: question.asOf, rows: report.rows.length },
      fileName: fileNameOf(
        say(['bao-cao-tien-do', 'timeliness'], language),
        question.agency && plainName(facts.agency),
        ...[report.from, report.to],
      ),
      checksum: facts.checksum,
    };
    if (format === 'pdf') {
      return this.send(
        reply,
        sending,
        await timelinessPdf({
          report,
          question,
          facts,
          filters: filterWords(raw, catalogue, language),
          language,
          make,
        }),
      );
    }
    const by = question.by ?? null;
    const label = say(['Tổng số', 'Total'], language);
    const total = { key: '', name: label, ...report.total };
    const table = {
      title: say(['Tiến độ', 'Timeliness'], language),
      columns: timelinessColumns(by, facts.formulas, language),
      // Without a breakdown the total is all there is.
      rows: [by === null ? [total] : report.rows],
      ...(by !== null && { total: { label, row: total } }),
    };
    return this.sendTable(reply, sending, choice, {
      table,
      above: [`${facts.agency}: ${shownDay(report.from)} – ${shownDay(report.to)}`],
      stamp: report,
      notes: () => timelinessNotes(report, facts, raw, catalogue, language),
    });
  }

  @Get('reports/form-06a/export')
  async form06a(
    @Query() raw: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { catalogue, now } = await this.opening();
    const { choice, question } = await readExportQuery(raw, ['xlsx', 'csv', 'pdf'], (rest) =>
      readFormQuery(rest, catalogue, now),
    );
    const report = await this.forms.make(question, catalogue);
    report.identities.violations.push(...this.identityCheck.violations());
    const asOf = question.asOf;
    const facts = factsOf(report, 'form-06a', {
      ...{ agency: question.agency, asOf, catalogue, formulas: [], language: 'vi' },
      address: this.formPage(request, report, question.agency),
    });
    const sending: Sending = {
      ...{
        kind: 'form-06a',
        format: choice.format,
        asOf,
        rows: report.rows.length,
        checksum: facts.checksum,
      },
      fileName: fileNameOf('bieu-II-06a', question.agency && plainName(facts.agency), report.from, report.to),
    };
    if (choice.format === 'pdf') return this.send(reply, sending, await form06aPdf(report, facts));
    const total = { nth: null, name: 'TỔNG SỐ', ...report.total };
    // The form is a Vietnamese one, whatever language was asked for.
    return this.sendTable(
      reply,
      sending,
      { ...choice, language: 'vi' },
      {
        table: {
          title: 'Biểu II.06a',
          columns: formColumns(report.by),
          rows: [report.rows.map((row, at) => ({ ...row, nth: at + 1 }))],
          total: { label: total.name, row: total },
        },
        above: [
          `Biểu số ${report.form}. ${FORM_TITLE}`,
          `${facts.agency}. Kỳ báo cáo: từ ngày ${shownDay(report.from)} đến ngày ${shownDay(report.to)}. Đơn vị tính: ${report.unit}`,
        ],
        stamp: report,
        notes: () => formNotes(report, facts),
      },
    );
  }

  @Get('dossiers/export')
  async list(@Query() raw: RawQuery, @Res() reply: FastifyReply): Promise<void> {
    const { catalogue, now } = await this.opening();
    if (this.lists >= MOST_LISTS_AT_ONCE) {
      void reply.header('retry-after', '10');
      throw new ProblemError(
        'unavailable',
        `${MOST_LISTS_AT_ONCE} lists are being written already; try again when one is done.`,
      );
    }
    this.lists += 1;
    const release = once(() => (this.lists -= 1));
    try {
      const { choice, question: whole } = await readExportQuery(raw, ['xlsx', 'csv'], (rest) =>
        this.dossiers.whole(rest, catalogue, now),
      );
      const close = (): void => {
        release();
        void whole.close();
      };
      // Whatever becomes of the answer, it closes, and with it the list.
      reply.raw.once('close', close);
      if (reply.raw.closed) close();
      const { language, format } = choice;
      const columns = dossierColumns(catalogue, language, whole.tells);
      const checksum = new ListChecksum();
      let passed = 0;
      // Each cell is put into words once, for the checksum and for the format.
      async function* cells(): AsyncGenerator<Cell[][]> {
        for await (const dossiers of whole.batches) {
          const rows = dossiers.map((dossier) => columns.map(({ of }) => of(dossier)));
          checksum.add(rows);
          passed += rows.length;
          yield rows;
        }
      }
      const { asOf } = whole;
      const name = say(['danh-sach-ho-so', 'dossiers'], language);
      return this.sendTable(
        reply,
        {
          ...{ kind: 'dossiers', format, asOf, rows: whole.count },
          fileName: fileNameOf(
            name,
            formatDay(dayOf(asOf)),
            formatInstant(asOf).slice(11, 19).replaceAll(':', ''),
          ),
        },
        choice,
        {
          table: {
            title: say(['Hồ sơ', 'Dossiers'], language),
            columns: columns.map((column, nth) => ({ ...column, of: (row: Cell[]) => row[nth] ?? null })),
            rows: cells(),
          },
          notes: () =>
            dossierNotes(raw, catalogue, { asOf, rows: passed, checksum: checksum.digest() }, language),
        },
      );
    } catch (error) {
      release();
      throw error;
    }
  }

  private async opening(): Promise<{ catalogue: Catalogue; now: Instant }> {
    return { catalogue: await this.catalogues.current(), now: Date.now() };
  }

  private sendTable<Row>(
    reply: FastifyReply,
    sending: Sending,
    { separator, language }: ExportChoice,
    parts: {
      table: Table<Row>;
      above?: string[];
      /** Period to stand in every row of a CSV, which has nowhere else to say it. */
      stamp?: { from: string; to: string };
      notes: () => Note[];
    },
  ): void {
    const { table, above, stamp, notes } = parts;
    if (sending.format === 'xlsx') {
      return this.send(
        reply,
        sending,
        workbook({
          ...{ table, rowCount: sending.rows, notes, notesTitle: say(NOTES_TITLE, language) },
          ...(above && { above }),
        }),
      );
    }
    const asOf = formatInstant(sending.asOf);
    const stamps: Column<Row>[] = [
      ...(stamp
        ? [
            {
              path: [say(['Từ ngày', 'From'], language)],
              kind: 'date' as const,
              width: 12,
              of: () => stamp.from,
            },
            {
              path: [say(['Đến ngày', 'To'], language)],
              kind: 'date' as const,
              width: 12,
              of: () => stamp.to,
            },
          ]
        : []),
      { path: [say(['Tính đến', 'As of'], language)], kind: 'instant', width: 20, of: () => asOf },
    ];
    return this.send(
      reply,
      sending,
      csv({ rows: table.rows, columns: [...table.columns, ...stamps] }, separator),
    );
  }

  /** Sends it as it is made, no faster than it is read; whoever leaves stops the making. */
  private send(
    reply: FastifyReply,
    { kind, format, fileName, asOf, rows, checksum }: Sending,
    body: Buffer | AsyncIterable<Buffer | string>,
  ): void {
    void reply
      .type(MEDIA_TYPES[format])
      .header('content-disposition', attachment(`${fileName}.${format}`))
      .header('cache-control', 'no-store')
      .header('x-content-type-options', 'nosniff')
      .header('dunghan-as-of', formatInstant(asOf))
      .header('dunghan-rows', String(rows));
    if (checksum) void reply.header('dunghan-checksum', checksum);
    if (Buffer.isBuffer(body)) {
      metrics.exported(kind, 'whole');
      void reply.send(body);
      return;
    }
    const stream = Readable.from(body, { objectMode: false, highWaterMark: 256 * 1024 });
    const idle = setTimeout(
      () => stream.destroy(new Error('whoever asked for the export has not read on')),
      READER_STANDS_STILL_MS,
    ).unref();
    stream.on('data', () => idle.refresh());
    // `data` starts the flow; fastify does when it is ready.
    stream.pause();
    stream.once('close', () => {
      clearTimeout(idle);
      metrics.exported(kind, stream.readableEnded ? 'whole' : stream.errored ? 'failed' : 'left');
    });
    void reply.send(stream);
  }

  /** Where the page and the API are, as whoever reads the paper can reach them. */
  private base(request: FastifyRequest): string {
    return this.config.PUBLIC_URL ?? `${request.protocol}://${request.host}`;
  }

  private addressOf(request: FastifyRequest, query: RawQuery, without: readonly string[]): string {
    const search = new URLSearchParams(
      Object.entries(query).filter(
        (pair): pair is [string, string] => typeof pair[1] === 'string' && !without.includes(pair[0]),
      ),
    );
    return `${this.base(request)}${request.url.split('?')[0]}?${search.toString()}`;
  }

  /** The form on the page, as of the same instant. */
  private formPage(
    request: FastifyRequest,
    { from, to, by, asOf }: { from: string; to: string; by: string; asOf: string },
    agency: string | undefined,
  ): string {
    const search = new URLSearchParams({ tu: from, den: to });
    if (agency !== undefined) search.set('donvi', agency);
    if (by === 'agency') search.set('theo', 'don-vi');
    search.set('luc', asOf);
    return `${this.base(request)}/bieu-mau/06a?${search.toString()}`;
  }
}

function once(work: () => unknown): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
