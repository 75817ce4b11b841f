import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type IssueRequest, parseEvent, type ProblemError, type SnapshotMessage } from '#libs/contracts';
import { type Fact, fold, formatInstant } from '#libs/dossier';
import { createLogger, readConfig } from '#libs/platform';
import { type CatalogueStore, factOf } from '#libs/store';
import {
  accepted,
  type CloudEventJson,
  event,
  EXAMPLE_WORLD,
  exampleCatalogue,
  openTestDatabase,
  type TestDatabase,
  vn,
} from '#libs/testing';
import { applyMessages } from '../consumer/apply-timeliness.js';
import { CounterMemory } from '../counters/counter-memory.js';
import { Counting } from '../counters/counting.js';
import { Figures } from '../reports/figures.js';
import { PastFigures } from '../past/past-figures.js';
import { Form06aReports } from '../reports/form-06a.js';
import { readForm06aMapping } from '../reports/form-06a-mapping.js';
import { shippedFormulas } from '../reports/formulas.js';
import { IdentityCheck } from '../counters/identity-check.js';
import { type IssuedReport, IssuedReports } from './issued-reports.js';
import { TimelinessReports } from '../reports/timeliness-report.js';
import { VerifyIssued } from './verify-issued.js';

jest.setTimeout(60_000);

const config = readConfig(0, { LOG_LEVEL: 'silent' });
let test: TestDatabase;
let catalogues: CatalogueStore;
let issued: IssuedReports;
let verifier: VerifyIssued;
let isComplete = true;

const histories = new Map<string, Fact[]>();
let recordedAt = Date.now() - 600_000;

/** What processing sends when an event has come. */
async function tell(subject: string, one: CloudEventJson): Promise<void> {
  const read = parseEvent({ ...one, subject }, 0);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  recordedAt = Math.max(recordedAt + 1, Date.now() - 1);
  const facts = [...(histories.get(subject) ?? []), factOf(read.event, recordedAt, 1, undefined)];
  histories.set(subject, facts);
  const { calendar } = await catalogues.current();
  const { fold: _private, ...state } = fold(facts, { pinned: 1, calendar });
  const snapshot: SnapshotMessage = { kind: 'snapshot', source: 'urn:s', code: subject, recordedAt, state };
  await test.database.transaction((manager) => applyMessages(manager, [snapshot], Infinity));
}

const due = { dueAt: vn('2018-03-15 17:00') };
const lateResolution = event('resolved', '2018-03-20');

beforeAll(async () => {
  test = await openTestDatabase();
  catalogues = await exampleCatalogue(test.database);
  const logger = createLogger('spec', config);
  const counting = new Counting(test.database, logger);
  const reports = new TimelinessReports(
    new Figures(
      test.database,
      new CounterMemory(test.database, counting),
      new PastFigures(test.database, counting),
    ),
  );
  const forms = new Form06aReports(reports, await readForm06aMapping(config.FORM_06A_MAPPING));
  issued = new IssuedReports(
    test.database,
    catalogues,
    reports,
    forms,
    await shippedFormulas(),
    new IdentityCheck(test.database, logger, config),
    { isComplete: () => Promise.resolve(isComplete) },
  );
  verifier = new VerifyIssued(issued, catalogues, reports, forms);
  await tell('late', accepted('2018-03-01', due));
  await tell('late', lateResolution);
  await tell('early', accepted('2018-03-01', { ...due, receivingAgency: 'T.S', procedure: 'keeps' }));
  await tell('early', event('resolved', '2018-03-14'));
});
afterAll(() => test?.close());

const march: IssueRequest = { kind: 'timeliness', period: '2018-03', by: 'agency', agency: 'T' };
const issue = async (request: IssueRequest, key: string | null = null) => {
  const { document, ...rest } = await issued.issue(request, key);
  return { ...rest, text: document, document: JSON.parse(document) as IssuedReport };
};
const problemOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'done',
    (error: unknown) => (error as ProblemError).kind,
  );
const year = Number(formatInstant(Date.now()).slice(0, 4));

describe('issuing', () => {
  it('freezes question, knowledge, formula, calendar and figures under the next number of the year', async () => {
    const { number, fresh, text, document } = await issue(march);
    expect([number, fresh]).toEqual([`BC-${year}-0001`, true]);
    expect(document).toMatchObject({
      ...{ number, kind: 'timeliness', formula: { id: 'a', version: 1 }, calendarVersion: 1 },
      question: { agency: 'T', by: 'agency', period: '2018-03' },
      report: { from: '2018-03-01', to: '2018-03-31', asOf: document.asOf },
    });
    expect(document.report.total).toMatchObject({ resolved: { total: 2, early: 1, late: 1 } });
    expect(document.checksum).toMatch(/^[0-9a-f]{64}$/);
    expect((await issued.find(number)).document).toBe(text);
  });

  it('gives each of many at once a number of its own, without a gap', async () => {
    const many = await Promise.all(Array.from({ length: 12 }, () => issue({ ...march, formula: 'b' })));
    expect(many.map(({ number }) => number).sort()).toEqual(
      Array.from({ length: 12 }, (_, nth) => `BC-${year}-${String(nth + 2).padStart(4, '0')}`),
    );
  });

  it('issues once for one key, also when asked many times at once, and refuses it for another question', async () => {
    const many = await Promise.all(Array.from({ length: 6 }, () => issue(march, 'once')));
    expect(new Set(many.map(({ text }) => text)).size).toBe(1);
    expect(many.filter(({ fresh }) => fresh)).toHaveLength(1);
    expect(await problemOf(issue({ ...march, formula: 'c' }, 'once'))).toBe('conflict');
  });

  it('without a key issues once for the same question as of the same instant, until that is withdrawn', async () => {
    const asked: IssueRequest = { ...march, asOf: formatInstant(Date.now()) };
    const first = await issue(asked);
    const again = await issue(asked);
    expect([again.number, again.fresh, again.text]).toEqual([first.number, false, first.text]);
    await issued.withdraw(first.number, 'nhầm kỳ');
    expect((await issue(asked)).fresh).toBe(true);
  });

  it('takes no number where nothing was issued', async () => {
    const last = (await issue(march)).document.number;
    isComplete = false;
    expect(await problemOf(issue(march))).toBe('unavailable');
    isComplete = true;
    expect(await problemOf(issue({ ...march, agency: 'nowhere' }))).toBe('bad-request');
    expect(await problemOf(issue({ ...march, asOf: formatInstant(Date.now() + 60_000) }))).toBe(
      'bad-request',
    );
    expect(await problemOf(issue({ kind: 'form-06a', period: '2018', formula: 'a' }))).toBe('malformed');
    const next = (await issue(march)).number;
    expect(Number(next.slice(-4))).toBe(Number(last.slice(-4)) + 1);
  });
});

describe('an issued report', () => {
  it.each([
    `update issued.report set document = '{}'`,
    'delete from issued.report',
    'truncate issued.report',
    `update issued.withdrawal set reason = 'khác'`,
    'delete from issued.withdrawal',
    `update issued.catalogue set document = '{}'`,
    'delete from issued.catalogue',
    'truncate issued.catalogue, issued.report, issued.withdrawal',
  ])('cannot be changed in the database: %s', async (statement) => {
    await expect(test.database.query(statement)).rejects.toThrow('neither changed nor deleted');
  });

  it('is withdrawn in sight, once, and stays to the byte', async () => {
    const { number, text } = await issue(march);
    const { withdrawn } = await issued.withdraw(number, 'phát hành nhầm đơn vị');
    expect(withdrawn).toMatchObject({ reason: 'phát hành nhầm đơn vị' });
    expect((await issued.withdraw(number, 'phát hành nhầm đơn vị')).withdrawn).toEqual(withdrawn);
    expect(await problemOf(issued.withdraw(number, 'lý do khác'))).toBe('conflict');
    expect(await problemOf(issued.withdraw('BC-1999-0001', 'x'))).toBe('not-found');
    expect(await issued.find(number)).toMatchObject({ document: text, withdrawn });
    expect((await issued.page({ withdrawn: 'true', limit: '1' })).items).toMatchObject([
      { number, withdrawn },
    ]);
  });

  it('is listed, the newest first, page by page', async () => {
    await issue({ kind: 'form-06a', period: '2018' });
    const all = (await issued.page({})).items.map(({ number }) => number);
    expect(all).toEqual([...all].sort().reverse());
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await issued.page({ limit: '7', cursor });
      paged.push(...page.items.map(({ number }) => number));
      cursor = page.next;
    }
    expect(paged).toEqual(all);
    expect((await issued.page({ kind: 'form-06a', year: String(year) })).items).toHaveLength(1);
    expect((await issued.page({ agency: 'T.S' })).items).toEqual([]);
    expect(await problemOf(issued.page({ kind: 'x', year: 'y', cursor: 'z', limit: '0' }))).toBe(
      'bad-request',
    );
  });
});

describe('verifying', () => {
  it('holds for good: after a correction, other names, another tree and other domains', async () => {
    const [report, form] = [
      await issue({ ...march, by: 'agency' }),
      await issue({ kind: 'form-06a', period: '2018-03', by: 'domain' }),
    ];
    const before = await verifier.verify(report.number, Date.now());
    expect(before).toMatchObject({
      stored: { matches: true, checksum: report.document.checksum },
      recomputed: { matches: true, checksum: report.document.checksum, differences: { count: 0 } },
      organisation: { matches: true, unanswerable: null },
      since: { restated: false, checksum: report.document.checksum },
    });

    const correction = {
      ...{ event: lateResolution.id, type: 'vn.tthc.dossier.resolved.v1' },
      ...{ time: vn('2018-03-15'), data: {} },
    };
    await tell('late', event('corrected', '2018-03-22', correction));
    // The commune goes from the district to the department, and the procedure to another domain.
    const moved = EXAMPLE_WORLD.agencies.map((agency) =>
      agency.id === 'T.H.X' ? { ...agency, name: 'Xã mới', parent: 'T.S' } : agency,
    );
    await catalogues.putAgencies(moved);
    await catalogues.putProcedures(
      EXAMPLE_WORLD.procedures.map((one) => ({ ...one, domain: 'lĩnh vực mới' })) as never,
    );

    const after = await verifier.verify(report.number, Date.now());
    expect(after.recomputed).toEqual(before.recomputed);
    expect(after.stored.matches).toBe(true);
    expect(after.since.restated).toBe(true);
    expect(after.since.differences.items).toEqual(
      expect.arrayContaining([
        { key: 'T.H', name: 'Huyện', figure: 'resolved.late', issued: 1, other: 0 },
        { key: 'T.H', name: 'Huyện', figure: 'resolved.onTime', issued: 0, other: 1 },
        { key: null, name: null, figure: 'rates.a.percent', issued: 50, other: 100 },
      ]),
    );
    expect(after.since.restatements).toContain(
      '/v1/reports/restatements?from=2018-03-01&to=2018-03-31&between=',
    );
    // The knowledge of then, in the tree of now.
    expect(after.organisation.matches).toBe(false);
    expect(after.organisation.differences.items).toContainEqual({
      ...{ key: 'T.S', name: 'Sở', figure: 'resolved.late', issued: 0, other: 1 },
    });
    const ofForm = await verifier.verify(form.number, Date.now());
    expect(ofForm.recomputed.matches).toBe(true);
    expect(ofForm.organisation.differences.items.map(({ key }) => key)).toContain('lĩnh vực mới');
    expect(ofForm.since.differences.items).toContainEqual({
      ...{ key: null, name: null, figure: 'resolved.late', issued: 1, other: 0 },
    });
  });

  it('says so where the figures of then are no longer what was issued', async () => {
    const { number } = await issue(march);
    const [{ ctid } = { ctid: '' }] = await test.database.query<{ ctid: string }[]>(
      `select ctid::text from reporting.ledger where code = 'early' limit 1`,
    );
    // As if somebody had meddled with the ledger.
    await test.database.query('delete from reporting.ledger where ctid = $1::tid', [ctid]);
    const { recomputed, stored } = await verifier.verify(number, Date.now());
    expect(stored.matches).toBe(true);
    expect(recomputed.matches).toBe(false);
    expect(recomputed.differences.count).toBeGreaterThan(0);
  });
});
