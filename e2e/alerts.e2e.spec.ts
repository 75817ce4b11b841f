import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_MS, dayOf, formatDay, pollUntil } from '#libs/testing';
import {
  AGENCY,
  isMonitoringExpected,
  isWatchedChainExpected,
  SOURCE,
  WatchedChain,
} from './watched-chain.js';

jest.setTimeout(180_000);

if (!isMonitoringExpected) {
  console.warn(
    '!! ALERTS NOT TESTED: install Prometheus and Alertmanager with their tools (apt-get install prometheus prometheus-alertmanager).',
  );
}
const describeHere = isMonitoringExpected ? describe : describe.skip;

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

const describeStories = isWatchedChainExpected ? describe : describe.skip;

/** As many as make a surge. */
const CROWD = 25;

/** Both parties of the six stories: the chain over Kafka, and whoever watches it. */
describeStories('from what happens to the message that says so', () => {
  let chain: WatchedChain;

  beforeAll(async () => {
    chain = await WatchedChain.start(lastEightWeeks());
    chain.keepSending();
  }, 180_000);

  afterAll(() => chain?.stop(), 60_000);

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
    await chain.writer.post(codes.map((code) => chain.accepted(dueAt, code)));
    const { at, receiver, alert } = await chain.monitoring.told('OverdueSurge', 'firing', 60_000);
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
    const page = await fetch(`${chain.servers.reporting.url}${runbook.pathname}`);
    expect(await page.text()).toMatch(/^# OverdueSurge\n/);

    await chain.writer.post(codes.map((code) => chain.event('resolved', code, {})));
    await chain.monitoring.told('OverdueSurge', 'resolved', 60_000);
  });

  it('poison: the quarantine grows until it is replayed', async () => {
    const unknown = chain.accepted(undefined, 'POISON', 'T.H.NEW');
    const refused = await fetch(`${chain.servers.intake.url}/v1/events`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/cloudevents+json' } },
      body: JSON.stringify(unknown),
    });
    // Intake says so at once; only one who writes to the topic itself can leave poison there.
    expect(refused.status).toBe(422);
    await chain.writeToTopic(unknown);
    const { receiver, alert } = await chain.monitoring.told('QuarantineGrowing', 'firing', 60_000);
    expect(receiver).toBe('platform');
    expect(alert.annotations.description).toContain('1 sự kiện');

    await chain.writer.putAgencies([{ id: 'T.H.NEW', name: 'Xã mới', kind: 'commune', parent: 'T' }]);
    const replayed = await fetch(`${chain.servers.reporting.url}/v1/quarantine/replay`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ filter: {}, reason: 'đã bổ sung cơ quan' }),
    });
    expect(replayed.status).toBe(202);
    await chain.monitoring.told('QuarantineGrowing', 'resolved', 60_000);
  });

  it('a counter that was tampered with: the figures no longer close', async () => {
    await chain.sql(`update reporting.counter set overdue = overdue + 1
                where agency = '${AGENCY}' and procedure = '' and unit = 'd'`);
    const { receiver, alert } = await chain.monitoring.told('IdentityViolation', 'firing', 60_000);
    expect(receiver).toBe('platform-page');
    expect(alert.annotations.summary).toBe('Số liệu không khớp');
    await chain.sql(`update reporting.counter set overdue = overdue - 1
                where agency = '${AGENCY}' and procedure = '' and unit = 'd'`);
    await chain.monitoring.told('IdentityViolation', 'resolved', 60_000);
  });

  it('the working calendar ends: somebody is to load the next year', async () => {
    const before = await chain.writer.calendar();
    const year = formatDay(dayOf(Date.now())).slice(0, 4);
    const ahead = before.days.filter(({ on, kind }) => on >= `${year}-01-01` && kind === 'off');
    await putDays(ahead.map((day) => ({ ...day, kind: 'normal' })));
    const { alert } = await chain.monitoring.told('CalendarRunsOut', 'firing', 60_000);
    expect(alert.labels).toMatchObject({ calendar: 'default', severity: 'ticket' });
    await putDays(ahead);
    await chain.monitoring.told('CalendarRunsOut', 'resolved', 60_000);
  });

  it('processing stands still: the consumer is stalled, told by the others', async () => {
    chain.servers.processing.freeze();
    const { receiver, alert } = await chain.monitoring.told('ConsumerStalled', 'firing', 90_000);
    expect(receiver).toBe('platform-page');
    expect(alert.labels.group).toBe('processing');
    chain.servers.processing.thaw();
    await chain.monitoring.told('ConsumerStalled', 'resolved', 90_000);
    await chain.reader.caughtUp();
  });

  it('a source falls silent: it is told, and its agencies are left in peace', async () => {
    chain.fallSilent();
    const late = Array.from({ length: CROWD }, (_, nth) => `SILENT-${nth}`);
    await chain.writer.post(late.map((code) => chain.accepted(Date.now() + 30_000, code)));
    const { alert } = await chain.monitoring.told('SourceSilent', 'firing', 60_000);
    expect(alert.labels.source).toBe(SOURCE);
    const told = chain.monitoring.notifications.length;
    await pollUntil('the agency’s alert to be held back', 90_000, async () => {
      const [surge] = await chain.monitoring.active('OverdueSurge');
      return surge?.status.state === 'suppressed' && surge.status.inhibitedBy.length > 0;
    });
    const since = chain.monitoring.notifications.slice(told).flatMap(({ alerts }) => alerts);
    expect(since.filter(({ labels }) => labels.alertname === 'OverdueSurge')).toEqual([]);
  });

  async function putDays(days: readonly { on: string; kind: string; reason: string }[]): Promise<void> {
    const response = await fetch(`${chain.servers.intake.url}/v1/catalogue/calendars/default`, {
      ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ days }),
    });
    expect(response.status).toBe(200);
  }
});
