import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { EVENTS_TOPIC } from '#libs/contracts';
import {
  type App,
  AppServer,
  chainAt,
  type Chain,
  type CloudEventJson,
  DAY_MS,
  dayOf,
  formatDay,
  formatInstant,
  freshDatabase,
  type FreshDatabase,
  fullType,
  pollUntil,
  type ShortType,
} from '#libs/testing';
import { type ChosenLog, LOGS } from './logs.js';
import { isMonitoringInstalled, Monitoring } from './monitoring.js';

jest.setTimeout(180_000);

const isExpected = isMonitoringInstalled || process.env.CI === 'true';
if (!isExpected) {
  console.warn(
    '!! ALERTS NOT TESTED: install Prometheus and Alertmanager with their tools (apt-get install prometheus prometheus-alertmanager).',
  );
}
const describeHere = isExpected ? describe : describe.skip;

function tool(name: string, ...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

describeHere('rules and routes', () => {
  it('are good to promtool, and keep what their tests say', async () => {
    const files = async (folder: string) =>
      (await readdir(`deploy/prometheus/${folder}`)).map((name) => `deploy/prometheus/${folder}/${name}`);
    for (const args of [
      ['check', 'config', 'deploy/prometheus/prometheus.yml'],
      ['check', 'rules', ...(await files('rules'))],
      ['test', 'rules', ...(await files('tests'))],
    ]) {
      const { status, said } = tool('promtool', ...args);
      expect(status === 0 ? '' : said).toBe('');
    }
  });

  it.each([
    ['a page of the platform', 'platform-page', ['team=platform', 'severity=page', 'alertname=ClockSkew']],
    ['a ticket of the platform', 'platform', ['team=platform', 'severity=ticket', 'alertname=OutboxStuck']],
    ['the heartbeat', 'heartbeat', ['team=platform', 'severity=heartbeat', 'alertname=Watchdog']],
    ['a notice of law to an agency', 'agency', ['team=agency', 'severity=notice', 'legal=yes', 'agency=A']],
    ['a notice to an agency', 'agency', ['team=agency', 'severity=notice', 'agency=A']],
    ['a notice to leaders', 'leadership', ['team=leadership', 'severity=notice', 'agency=A']],
    ['what nobody claims', 'platform', ['alertname=Unheard']],
  ])('lead %s to %s', (_, receiver, labels) => {
    const config = '--config.file=deploy/alertmanager/alertmanager.yml';
    expect(tool('amtool', 'check-config', 'deploy/alertmanager/alertmanager.yml').status).toBe(0);
    const { status, said } = tool(
      ...(['amtool', 'config', 'routes', 'test', config, `--verify.receivers=${receiver}`] as const),
      ...labels,
    );
    expect(status === 0 ? '' : said).toBe('');
  });

  it('word e-mails in Vietnamese, in the time of Vietnam', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dunghan-mail-'));
    const alert = {
      ...{ status: 'firing', labels: { alertname: 'OverdueSurge', agency: 'H26.3' } },
      annotations: {
        summary: 'Hồ sơ quá hạn tăng',
        description: 'H26.3 có 25.',
        runbook_url: 'http://r/x.md',
      },
      ...{ startsAt: '2026-11-25T08:00:00Z', endsAt: '2026-11-25T09:30:00Z' },
    };
    const render = async (template: string, status: string) => {
      const data = join(folder, 'data.json');
      const common = {
        commonLabels: alert.labels,
        commonAnnotations: { summary: alert.annotations.summary },
      };
      await writeFile(data, JSON.stringify({ status, alerts: [{ ...alert, status }], ...common }));
      const { status: code, said } = tool(
        ...([
          'amtool',
          'template',
          'render',
          '--template.glob=deploy/alertmanager/templates/*.tmpl',
        ] as const),
        ...[`--template.data=${data}`, `--template.text={{ template "dunghan.${template}" . }}`],
      );
      expect([template, code, said]).toEqual([template, 0, expect.any(String)]);
      return said;
    };
    expect(await render('subject', 'firing')).toBe('[CẢNH BÁO · H26.3] Hồ sơ quá hạn tăng');
    expect(await render('subject', 'resolved')).toBe('[ĐÃ HẾT] Hồ sơ quá hạn tăng');
    expect(await render('text', 'firing')).toMatch(
      /^ĐANG XẢY RA từ 15:00 25\/11\/2026: .*\nH26\.3 có 25\.\n/,
    );
    expect(await render('text', 'resolved')).toMatch(/^ĐÃ HẾT lúc 16:30 25\/11\/2026: /);
    expect(await render('html', 'firing')).toContain('<a href="http://r/x.md">Cách xử lý</a>');
    await rm(folder, { recursive: true });
  });
});

/** Both parties of the six stories: the chain over Kafka, and whoever watches it. */
const KAFKA = LOGS.find(({ log }) => log === 'Kafka');
const describeStories = isExpected && KAFKA ? describe : describe.skip;

const AGENCY = 'T.H.X';
const SOURCE = 'urn:one-stop';
/** As many as make a surge. */
const CROWD = 25;

describeStories('from what happens to the message that says so', () => {
  let folder: string;
  let log: ChosenLog;
  let fresh: FreshDatabase;
  let servers: Record<App, AppServer>;
  let monitoring: Monitoring;
  let writer: Chain;
  let reader: Chain;
  let calls: NodeJS.Timeout | undefined;
  let made = 0;

  beforeAll(async () => {
    if (!KAFKA) throw new Error('no Kafka');
    folder = await mkdtemp(join(tmpdir(), 'dunghan-alerts-'));
    [fresh, log] = await Promise.all([freshDatabase(), KAFKA.choose()]);
    const env = {
      ...log.env,
      ...{ DATABASE_URL: fresh.url, ANNOUNCE_SETTLE_SECONDS: '1', IDENTITY_CHECK_SECONDS: '1' },
      ...{ SOURCE_GAP_SECONDS: '5', LOG_LEVEL: 'warn', NODE_ENV: 'production' },
    };
    const make = (app: App) => AppServer.make(app, app, folder, env);
    servers = {
      intake: await make('intake'),
      processing: await make('processing'),
      clock: await make('clock'),
      reporting: await make('reporting'),
    };
    for (const server of Object.values(servers)) server.start();
    await Promise.all(Object.values(servers).map((server) => server.ready()));
    [writer, reader] = [chainAt(servers.intake.url), chainAt(servers.reporting.url)];

    await writer.putAgencies([
      { id: 'T', name: 'Tỉnh', kind: 'province' },
      { id: AGENCY, name: 'Xã', kind: 'commune', parent: 'T' },
    ]);
    await writer.putProcedures([{ code: '1.000001', name: 'Thủ tục', domain: 'đất đai', limits: [] }]);
    // Whenever this runs, it is working time.
    const today = dayOf(Date.now());
    await writer.putCalendar({
      sessions: [['00:00', '24:00']],
      days: [0, 1].map((n) => ({ on: formatDay(today + n), kind: 'work' as const, reason: 'spec' })),
    });
    monitoring = await Monitoring.start(
      Object.values(servers).map(({ url }) => new URL(url).host),
      lastEightWeeks(),
    );
    calls = setInterval(() => void writer.post([accepted()]).catch(() => undefined), 1_000);
  }, 180_000);

  afterAll(async () => {
    clearInterval(calls);
    await monitoring?.stop();
    for (const server of Object.values(servers ?? {})) await server.kill();
    await Promise.all([fresh?.drop(), log?.stop()]);
    if (folder) await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const event = (type: ShortType, subject: string, data: object): CloudEventJson => ({
    ...{ specversion: '1.0', source: SOURCE, id: `e${(made += 1)}`, type: fullType(type), subject },
    ...{ time: formatInstant(Date.now() - 100), data: data },
  });
  function accepted(dueAt?: number, subject = `D${made}`, agency = AGENCY): CloudEventJson {
    return event('accepted', subject, {
      ...{ procedure: '1.000001', receivingAgency: agency, channel: 'counter' },
      // A limit in hours: its deadline is an instant.
      ...(dueAt && { dueAt: formatInstant(dueAt), limit: { amount: 4, unit: 'working-hours' } }),
    });
  }

  /** Eight or twelve overdue at this hour of each of the last weeks: what is usual. */
  function lastEightWeeks(): string {
    const lines: string[] = [];
    for (let week = 8; week >= 1; week -= 1) {
      const around = Date.now() - week * 7 * DAY_MS;
      for (let at = around - 300_000; at < around + 900_000; at += 60_000) {
        lines.push(
          `agency:dossier_overdue:max{agency="${AGENCY}"} ${week % 2 === 0 ? 8 : 12} ${(at / 1_000).toFixed(3)}`,
        );
      }
    }
    return ['# TYPE agency:dossier_overdue:max gauge', ...lines, '# EOF', ''].join('\n');
  }

  it('dossiers fall due: their agency hears how many, and that it is over', async () => {
    const dueAt = Date.now() + 15_000;
    const codes = Array.from({ length: CROWD }, (_, nth) => `CROWD-${nth}`);
    await writer.post(codes.map((code) => accepted(dueAt, code)));
    const { at, receiver, alert } = await monitoring.told('OverdueSurge', 'firing', 60_000);
    console.log(`from deadline to notification: ${((at - dueAt) / 1_000).toFixed(1)} s`);
    expect(at).toBeGreaterThan(dueAt);
    expect(receiver).toBe('agency');
    expect(alert.labels).toEqual({
      ...{ alertname: 'OverdueSurge', agency: AGENCY, severity: 'notice', team: 'agency' },
    });
    expect(alert.annotations.description).toContain(`${AGENCY} có ${CROWD} hồ sơ quá hạn`);
    expect(alert.annotations.dashboard_url).toMatch(/\/d\/dunghan-agency\?var-agency=T\.H\.X$/);
    // The link to the runbook leads somewhere.
    const runbook = new URL(alert.annotations.runbook_url ?? '');
    const page = await fetch(`${servers.reporting.url}${runbook.pathname}`);
    expect(await page.text()).toMatch(/^# OverdueSurge\n/);

    await writer.post(codes.map((code) => event('resolved', code, {})));
    await monitoring.told('OverdueSurge', 'resolved', 60_000);
  });

  it('poison: the quarantine grows until it is replayed', async () => {
    const unknown = { ...accepted(undefined, 'POISON', 'T.H.NEW') };
    const refused = await fetch(`${servers.intake.url}/v1/events`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/cloudevents+json' } },
      body: JSON.stringify(unknown),
    });
    // Intake says so at once; only one who writes to the topic itself can leave poison there.
    expect(refused.status).toBe(422);
    await writeToTopic(unknown);
    const { receiver, alert } = await monitoring.told('QuarantineGrowing', 'firing', 60_000);
    expect(receiver).toBe('platform');
    expect(alert.annotations.description).toContain('1 sự kiện');

    await writer.putAgencies([{ id: 'T.H.NEW', name: 'Xã mới', kind: 'commune', parent: 'T' }]);
    const replayed = await fetch(`${servers.reporting.url}/v1/quarantine/replay`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ filter: {}, reason: 'đã bổ sung cơ quan' }),
    });
    expect(replayed.status).toBe(202);
    await monitoring.told('QuarantineGrowing', 'resolved', 60_000);
  });

  it('a counter that was tampered with: the figures no longer close', async () => {
    await sql(`update reporting.counter set overdue = overdue + 1
                where agency = '${AGENCY}' and procedure = '' and unit = 'd'`);
    const { receiver, alert } = await monitoring.told('IdentityViolation', 'firing', 60_000);
    expect(receiver).toBe('platform-page');
    expect(alert.annotations.summary).toBe('Số liệu không khớp');
    await sql(`update reporting.counter set overdue = overdue - 1
                where agency = '${AGENCY}' and procedure = '' and unit = 'd'`);
    await monitoring.told('IdentityViolation', 'resolved', 60_000);
  });

  it('the working calendar ends: somebody is to load the next year', async () => {
    const before = await writer.calendar();
    const year = formatDay(dayOf(Date.now())).slice(0, 4);
    const ahead = before.days.filter(({ on, kind }) => on >= `${year}-01-01` && kind === 'off');
    await putDays(ahead.map((day) => ({ ...day, kind: 'normal' })));
    const { alert } = await monitoring.told('CalendarRunsOut', 'firing', 60_000);
    expect(alert.labels).toMatchObject({ calendar: 'default', severity: 'ticket' });
    await putDays(ahead);
    await monitoring.told('CalendarRunsOut', 'resolved', 60_000);
  });

  it('processing stands still: the consumer is stalled, told by the others', async () => {
    servers.processing.freeze();
    const { receiver, alert } = await monitoring.told('ConsumerStalled', 'firing', 90_000);
    expect(receiver).toBe('platform-page');
    expect(alert.labels.group).toBe('processing');
    servers.processing.thaw();
    await monitoring.told('ConsumerStalled', 'resolved', 90_000);
    await reader.caughtUp();
  });

  it('a source falls silent: it is told, and its agencies are left in peace', async () => {
    clearInterval(calls);
    const late = Array.from({ length: CROWD }, (_, nth) => `SILENT-${nth}`);
    await writer.post(late.map((code) => accepted(Date.now() + 30_000, code)));
    const { alert } = await monitoring.told('SourceSilent', 'firing', 60_000);
    expect(alert.labels.source).toBe(SOURCE);
    const told = monitoring.notifications.length;
    await pollUntil('the agency’s alert to be held back', 90_000, async () => {
      const [surge] = await monitoring.active('OverdueSurge');
      return surge?.status.state === 'suppressed' && surge.status.inhibitedBy.length > 0;
    });
    const since = monitoring.notifications.slice(told).flatMap(({ alerts }) => alerts);
    expect(since.filter(({ labels }) => labels.alertname === 'OverdueSurge')).toEqual([]);
  });

  async function putDays(days: readonly { on: string; kind: string; reason: string }[]): Promise<void> {
    const response = await fetch(`${servers.intake.url}/v1/catalogue/calendars/default`, {
      ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ days }),
    });
    expect(response.status).toBe(200);
  }

  async function sql(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async function writeToTopic(one: CloudEventJson): Promise<void> {
    const kafka = new Kafka({
      ...{
        clientId: 'spec',
        brokers: log.env['KAFKA_BROKERS']?.split(',') ?? [],
        logLevel: logLevel.NOTHING,
      },
    });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({
      topic: EVENTS_TOPIC,
      messages: [{ key: `${one.source}|${one.subject}`, value: JSON.stringify(one) }],
    });
    await producer.disconnect();
  }
});
