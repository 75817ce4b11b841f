import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PublicReport } from '#libs/contracts';
import { chainAt, type CloudEventJson, fullType, type Standalone, startStandalone, vn } from '#libs/testing';

/** What everybody may see of a month, over HTTP: counted by hand, small counts hidden, nothing of a dossier. */
describe('the public board', () => {
  let running: Standalone;

  beforeAll(async () => {
    running = await startStandalone();
    const chain = chainAt(running.url);
    await chain.putAgencies([
      { id: 'H13', name: 'Thành phố Cần Thơ', kind: 'province' },
      { id: 'H13.02', name: 'Sở Tư pháp', kind: 'department', parent: 'H13' },
      { id: 'H13.03', name: 'Sở <Công & "Thương">', kind: 'department', parent: 'H13' },
      { id: 'H13.40', name: 'Quận Ninh Kiều', kind: 'district', parent: 'H13' },
      { id: 'H13.40.01', name: 'Phường Cái Khế', kind: 'commune', parent: 'H13.40' },
      { id: 'H13.40.02', name: 'Phường An Hòa', kind: 'commune', parent: 'H13.40' },
      { id: 'H13.41', name: 'Quận Bình Thủy', kind: 'district', parent: 'H13' },
    ]);
    await chain.putProcedures([
      {
        code: '1.001193',
        name: 'Đăng ký khai sinh',
        domain: 'Hộ tịch',
        limits: [{ statutory: { amount: 5, unit: 'working-days' } }],
      },
    ]);
    await chain.post([
      // 40 received, all resolved, 6 of them late.
      ...dossiers('H13.02', 34, 'on time'),
      ...dossiers('H13.02', 6, 'late'),
      // 30, all on time.
      ...dossiers('H13.03', 30, 'on time'),
      // Its own 12; wards with 3 and 20, two of the second late; 10 still open and overdue.
      ...dossiers('H13.40', 12, 'on time'),
      ...dossiers('H13.40.01', 3, 'on time'),
      ...dossiers('H13.40.02', 8, 'on time'),
      ...dossiers('H13.40.02', 2, 'late'),
      ...dossiers('H13.40.02', 10, 'open'),
    ]);
    await chain.caughtUp();
  }, 90_000);
  afterAll(() => running?.stop(), 30_000);

  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${running.url}${path}`, { headers });
  const report = async (query: string): Promise<PublicReport> => {
    const response = await ask(`/v1/public/timeliness${query}`);
    expect(response.status).toBe(200);
    return (await response.json()) as PublicReport;
  };
  const told = ({ received, resolved, late, overdue, rates }: PublicReport['total']) => [
    received.count,
    resolved.count,
    late.count,
    overdue.count,
    rates.a.percent,
    rates.a.denominator,
  ];
  const page = async (query: string) => {
    const response = await ask(`/congkhai${query}`);
    return { response, text: await response.text() };
  };

  it('tells large counts and noughts, and hides small ones with what would tell them', async () => {
    const { total, rows, ...rest } = await report('?month=2018-10&agency=H13');
    expect(rest).toMatchObject({
      ...{ month: '2018-10', from: '2018-10-01', to: '2018-10-31' },
      ...{ agency: { id: 'H13', name: 'Thành phố Cần Thơ' }, suppressed: { from: 1, to: 4 } },
    });
    // Two of the district's are late: its six of the department cover them, or 8 − 6 would tell.
    expect(told(total)).toEqual([105, 95, 8, 10, 91.58, 95]);
    expect(rows.map((row) => [row.key, row.kind, ...told(row)])).toEqual([
      ['H13.02', 'department', 40, 40, null, 0, null, 40],
      ['H13.03', 'department', 30, 30, 0, 0, 100, 30],
      ['H13.40', 'district', 35, 25, null, 10, null, 25],
      ['H13.41', 'district', 0, 0, 0, 0, null, 0],
    ]);
    expect(rows[1]).toMatchObject({
      late: { count: 0, suppressed: false },
      rates: { a: { percent: 100, numerator: 30, denominator: 30, suppressed: false, atLeast: null } },
    });
    // Of eight late ones at most seven can be of either.
    expect(rows.map(({ rates }) => rates.a.atLeast)).toEqual([82.5, null, 72, null]);
    expect(rows[3]?.rates.a).toMatchObject({ percent: null, suppressed: false });
  });

  it('goes down to the wards without telling there what is hidden above', async () => {
    const { total, rows } = await report('?month=2018-10&agency=H13.40');
    expect(told(total)).toEqual([35, 25, null, 10, null, 25]);
    expect(rows.map((row) => [row.key, ...told(row)])).toEqual([
      // The ward's three are covered by the smallest beside them, in what was received and in what was resolved.
      ['H13.40', null, 12, 0, 0, 100, 12],
      ['H13.40.01', null, null, 0, 0, null, null],
      ['H13.40.02', 20, null, null, 10, null, null],
    ]);
  });

  it('is by the month that is over, unless another is asked for', async () => {
    const { month, agency, rows } = await report('');
    const now = new Date(Date.now() + 7 * 3_600_000);
    now.setUTCDate(0);
    expect(month).toBe(now.toISOString().slice(0, 7));
    expect(agency).toBeNull();
    expect(rows.map(({ key }) => key)).toEqual(['H13']);
  });

  it('may be kept, asked for again, and read by any site', async () => {
    const path = '/v1/public/timeliness?month=2018-10';
    const first = await ask(path, { origin: 'https://example.vn' });
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/);

    for (const known of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
      const again = await ask(path, { 'if-none-match': known });
      expect([known, again.status, await again.text()]).toEqual([known, 304, '']);
      expect(again.headers.get('etag')).toBe(tag);
    }
    expect((await ask(path, { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await ask('/v1/public/timeliness?month=2018-11', { 'if-none-match': tag })).status).toBe(200);

    const inside = await ask('/v1/reports/timeliness?from=2018-10-01&to=2018-10-31', {
      origin: 'https://example.vn',
    });
    expect(inside.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('names every fault of a question', async () => {
    const response = await ask('/v1/public/timeliness?month=2018-13&agency=nobody&by=procedure');
    expect(response.status).toBe(400);
    expect(response.headers.get('cache-control')).toBeNull();
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const { errors } = (await response.json()) as { errors: { pointer: string; code: string }[] };
    expect(errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/by', 'unknown-member'],
      ['/month', 'bad-value'],
      ['/agency', 'unknown-agency'],
    ]);
    for (const month of ['2018', '2018-Q1', '2018-1', '9999-01', '2018-10-01'])
      expect([month, (await ask(`/v1/public/timeliness?month=${month}`)).status]).toEqual([month, 400]);
  });

  it('is a page without a script, which other sites may frame', async () => {
    const { response, text } = await page('?thang=2018-10');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors \*/);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(text).not.toMatch(/<script/i);
    expect(text).toContain('Sở &#60;Công &#38; &#34;Thương&#34;&#62;');
    expect(text).toContain('Tháng 10/2018: tiếp nhận 105 hồ sơ, đã giải quyết 95 hồ sơ');
    expect(text).toContain('91,58\u00a0%');
    // The page inside must not be framed by others.
    const inside = await ask('/');
    expect(inside.headers.get('content-security-policy')).toContain("frame-ancestors 'self'");

    const again = await ask('/congkhai?thang=2018-10', {
      'if-none-match': response.headers.get('etag') ?? '',
    });
    expect(again.status).toBe(304);
  });

  it('is in English, or without a frame of its own, where that is asked for', async () => {
    const english = (await page('?thang=2018-10&lang=en')).text;
    expect(english).toContain('<html lang="en">');
    expect(english).toContain('received 105 dossiers');
    expect(english).toContain('href="/congkhai?thang=2018-09&#38;donvi=H13&#38;lang=en"');
    const embedded = (await page('?thang=2018-10&nhung=1')).text;
    expect(embedded).not.toMatch(/<header|<form|<footer/);
    expect(embedded).toContain('data-key="H13.40"');
  });

  it('says in words what it cannot show', async () => {
    const unknown = await page('?donvi=nobody%3Cb%3E');
    expect([unknown.response.status, unknown.text]).toEqual([
      404,
      expect.stringContaining('Danh mục không có đơn vị “nobody&#60;b&#62;”.'),
    ]);
    const wrong = await page('?thang=2018-13');
    expect([wrong.response.status, wrong.text]).toEqual([400, expect.stringContaining('như 2018-10')]);
    const nothing = await page('?thang=2017-01');
    expect([nothing.response.status, nothing.text]).toEqual([
      200,
      expect.stringContaining('Chưa có dữ liệu'),
    ]);
  });

  it('knows no dossier', async () => {
    for (const path of [
      '/congkhai?thang=2018-10&donvi=H13.40',
      '/v1/public/timeliness?month=2018-10&agency=H13.40',
    ])
      expect(await (await ask(path)).text()).not.toContain('HS-');
  });
});

let made = 0;

/** Dossiers of October 2018, resolved on time or late within it, or left open and overdue. */
function dossiers(agency: string, count: number, end: 'on time' | 'late' | 'open'): CloudEventJson[] {
  return Array.from({ length: count }, () => {
    const subject = `HS-${(made += 1)}`;
    const event = (type: 'accepted' | 'resolved', time: string, data: object): CloudEventJson => ({
      ...{ specversion: '1.0', source: 'urn:test:mot-cua', id: `${subject}-${type}`, type: fullType(type) },
      ...{ subject, time: vn(time), data },
    });
    const accepted = event('accepted', '2018-10-01 08:00', {
      ...{ procedure: '1.001193', receivingAgency: agency, channel: 'counter' },
    });
    if (end === 'open') return [accepted];
    // Monday and five working days: due on 8 October.
    return [accepted, event('resolved', end === 'late' ? '2018-10-09 09:00' : '2018-10-05 09:00', {})];
  }).flat();
}
