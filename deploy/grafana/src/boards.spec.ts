import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { generated } from './generate.js';

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr?: string; rawSql?: string; datasource: { uid: string } }[];
  fieldConfig?: { defaults: { unit?: string; noValue?: string } };
}
interface Board {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  panels: Panel[];
  templating: { list: { name: string; type: string; query: unknown }[] };
  annotations: { list: { name: string; target: { rawSql?: string; expr?: string } }[] };
  links: { includeVars: boolean; keepTime: boolean }[];
}
interface Rules {
  groups: {
    rules: {
      alert?: string;
      record?: string;
      uid: string;
      title: string;
      labels: Record<string, string>;
      annotations: Record<string, string>;
    }[];
  }[];
}

const files = generated();
const boards = Object.entries(files)
  .filter(([path]) => path.endsWith('.json'))
  .map(([, text]) => JSON.parse(text) as Board);
const read = (path: string): string => readFileSync(path, 'utf8');
const rulesOf = (texts: readonly string[]) =>
  texts.flatMap((text) => (parse(text) as Rules).groups.flatMap(({ rules }) => rules));
const folder = 'deploy/prometheus/rules';
const prometheusRules = rulesOf(readdirSync(folder).map((name) => read(`${folder}/${name}`)));

const queriesOf = (board: Board): string[] =>
  board.panels.flatMap(({ targets = [] }) => targets.map(({ expr, rawSql }) => expr ?? rawSql ?? ''));

describe('the boards', () => {
  it('have uids of their own', () => {
    const uids = boards.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^dunghan-[a-z]{4,30}$/);
  });

  describe.each(boards.map((board) => [board.uid, board] as const))('%s', (_, board) => {
    it('says what each panel means, in which unit, and what a gap is', () => {
      expect([board.title, board.description].every((text) => text.length > 10)).toBe(true);
      for (const panel of board.panels.filter(({ type }) => type !== 'row')) {
        expect([panel.title, panel.description?.length ?? 0]).toEqual([panel.title, expect.any(Number)]);
        expect(panel.description?.length).toBeGreaterThan(5);
        expect(panel.fieldConfig?.defaults).toMatchObject({
          unit: expect.stringMatching(/./),
          noValue: 'không có số liệu',
        });
        expect(panel.targets?.length).toBeGreaterThan(0);
        const names = panel.targets?.map(({ refId }) => refId);
        expect(new Set(names).size).toBe(names?.length);
      }
    });

    it('lays its panels side by side, none over another', () => {
      expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
      const taken = new Map<string, string>();
      for (const { title, gridPos } of board.panels) {
        expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect([title, 'is over', taken.get(`${x},${y}`)]).toEqual([title, 'is over', undefined]);
            taken.set(`${x},${y}`, title);
          }
        }
      }
    });

    it('has the variables of all, uses each of its own, and keeps them on the way to another board', () => {
      const names = board.templating.list.map(({ name }) => name);
      expect(names.slice(0, 3)).toEqual(['level', 'agency', 'period']);
      for (const name of names) {
        const others = [board.panels, board.templating.list.filter((variable) => variable.name !== name)];
        expect([name, new RegExp(`\\$(\\{${name}[:}]|${name}\\b)`).test(JSON.stringify(others))]).toEqual([
          name,
          true,
        ]);
      }
      const known = [
        ...names,
        '__rate_interval',
        '__timeFilter',
        '__data',
        '__field',
        '__value',
        '__url_time_range',
        '__all',
      ];
      for (const [, name] of JSON.stringify(board).matchAll(/\$\{?([A-Za-z_]+)/g))
        expect(known).toContain(name);
      expect(board.links).toEqual([expect.objectContaining({ includeVars: true, keepTime: true })]);
    });

    it('asks for series that somebody tells, or a rule records', () => {
      const told = [
        ...[...read('docs/metrics.md').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name),
        ...prometheusRules.flatMap(({ record }) => (record ? [record] : [])),
      ];
      for (const query of queriesOf(board).filter((text) => !text.includes('monitoring.'))) {
        for (const [name] of query.matchAll(/\b(dossier_\w+|\w+:\w+:\w+)/g))
          expect(told).toContain(name.replace(/_(bucket|count|sum)$/, ''));
      }
    });

    it('leads to boards that there are', () => {
      const uids = boards.map(({ uid }) => uid);
      for (const [, uid] of JSON.stringify(board).matchAll(/\/d\/([\w-]+)/g)) expect(uids).toContain(uid);
    });
  });

  it('are where the alerts lead, with the variables that their links set', () => {
    const links = prometheusRules.flatMap(({ alert, annotations }) =>
      alert ? [[alert, annotations.dashboard_url ?? ''] as const] : [],
    );
    expect(links.length).toBeGreaterThan(20);
    for (const [alert, link] of links) {
      const board = boards.find(({ uid }) => link.includes(`/d/${uid}`));
      expect([alert, board?.uid]).toEqual([alert, expect.any(String)]);
      const names = board?.templating.list.map(({ name }) => name);
      for (const [, name] of link.matchAll(/var-(\w+)=/g))
        expect([alert, names]).toEqual([alert, expect.arrayContaining([name])]);
    }
  });
});

describe('Grafana’s copies of the alerts', () => {
  const copies = rulesOf([files['deploy/grafana/alerting/rules.yml'] ?? '']);

  it('are as many, each with a uid and a title of its own', () => {
    expect(copies.map(({ title }) => title.replace(/ \(.*/, '')).sort()).toEqual(
      prometheusRules.flatMap(({ alert }) => (alert ? [alert] : [])).sort(),
    );
    for (const key of ['uid', 'title'] as const)
      expect(new Set(copies.map((copy) => copy[key])).size).toBe(copies.length);
    for (const { uid } of copies) expect(uid.length).toBeLessThanOrEqual(40);
  });

  it('say nothing that only Prometheus understands', () => {
    for (const { annotations } of copies) {
      for (const text of Object.values(annotations)) expect(text).not.toMatch(/\$externalLabels|\$value\b/);
    }
  });

  it('go to receivers that there are, muted when those are', () => {
    const { contactPoints, muteTimes, policies } = parse(
      files['deploy/grafana/alerting/notifications.yml'] ?? '',
    ) as {
      contactPoints: { name: string }[];
      muteTimes: { name: string }[];
      policies: { receiver: string; routes: { receiver: string; mute_time_intervals?: string[] }[] }[];
    };
    const names = contactPoints.map(({ name }) => name);
    const [policy] = policies;
    for (const { receiver } of [policy!, ...policy!.routes]) expect(names).toContain(receiver);
    expect(policy!.routes.flatMap(({ mute_time_intervals = [] }) => mute_time_intervals)).toEqual([
      ...muteTimes.map(({ name }) => name),
      ...muteTimes.map(({ name }) => name),
    ]);
  });
});
