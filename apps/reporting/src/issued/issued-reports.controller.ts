import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { FaultsError, readIssueRequest, readWithdrawRequest } from '#libs/contracts';
import { type IssuedPage, IssuedReports, type ListedReport } from './issued-reports.js';
import { sha256 } from './issued-question.js';
import { measured } from '../measured.js';
import { QueryReader, type RawQuery } from '../reports/report-query.js';
import { type Verification, VerifyIssued } from './verify-issued.js';

/** Reports that were issued: frozen under a number, shown as they were, verified, withdrawn; never changed. */
@Controller('v1/reports/issued')
export class IssuedReportsController {
  constructor(
    @Inject(IssuedReports) private readonly issued: IssuedReports,
    @Inject(VerifyIssued) private readonly verifier: VerifyIssued,
  ) {}

  @Post()
  async issue(
    @Body() body: unknown,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const read = readIssueRequest(body);
    const reader = new QueryReader({}, []);
    if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      reader.fault('Idempotency-Key', 'bad-value', 'Must have 1 to 200 visible ASCII characters.');
    }
    if (!read.ok) throw new FaultsError([...read.faults, ...reader.faults]);
    reader.done();
    const { document, number, fresh } = await measured('issued', () =>
      this.issued.issue(read.value, idempotencyKey ?? null),
    );
    void reply.header('location', `/v1/reports/issued/${number}`);
    asIssued(reply.status(fresh ? 201 : 200), document);
  }

  @Get()
  list(@Query() raw: RawQuery): Promise<IssuedPage> {
    return this.issued.page(raw);
  }

  @Get(':number')
  async show(@Param('number') number: string, @Res() reply: FastifyReply): Promise<void> {
    const { document, withdrawn } = await this.issued.find(number);
    // The document stays as it was issued; that it must not be used any more is said beside it.
    if (withdrawn) void reply.header('dunghan-withdrawn', withdrawn.at);
    asIssued(reply, document);
  }

  @Get(':number/verify')
  verify(@Param('number') number: string): Promise<Verification> {
    return measured('issued', () => this.verifier.verify(number, Date.now()));
  }

  @Post(':number/withdraw')
  @HttpCode(200)
  withdraw(@Param('number') number: string, @Body() body: unknown): Promise<ListedReport> {
    const read = readWithdrawRequest(body);
    if (!read.ok) throw new FaultsError(read.faults);
    return this.issued.withdraw(number, read.value.reason);
  }
}

/** To the byte. */
function asIssued(reply: FastifyReply, document: string): void {
  void reply
    .type('application/json; charset=utf-8')
    .header('etag', `"${sha256(document)}"`)
    .send(document);
}
