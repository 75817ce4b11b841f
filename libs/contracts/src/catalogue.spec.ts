import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  type AgencyDoc,
  faultsOfParents,
  readAgencies,
  readCalendar,
  type ReadCatalogue,
  readProcedures,
} from './catalogue.js';

const named = (read: ReadCatalogue<unknown>) =>
  read.ok ? [] : read.faults.map((fault) => `${fault.index} ${fault.pointer} ${fault.code}`);
const shipped = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../data/${file}`, import.meta.url), 'utf8'));

describe('agencies', () => {
  const agency = (id: string, more: object = {}) => ({ id, name: `Cơ quan ${id}`, kind: 'office', ...more });

  it('are taken as they stand', () => {
    const list = [
      agency('H13', { kind: 'province', validFrom: '2004-01-01', successors: ['H14'] }),
      agency('H13.12', { parent: 'H13', validTo: '2025-06-30' }),
    ];
    expect(readAgencies({ agencies: list })).toEqual({ ok: true, value: list });
    expect(readAgencies({ agencies: [] })).toEqual({ ok: true, value: [] });
    expect(readAgencies({ agencies: [agency('a', { parent: null })] })).toEqual({
      ok: true,
      value: [agency('a')],
    });
  });

  it('of Cần Thơ 2018 are taken', () =>
    expect(readAgencies(shipped('cantho/agencies-2018.json')).ok).toBe(true));

  it.each<[string, unknown, string[]]>([
    ['no body', null, ['0  wrong-type']],
    ['no list', {}, ['0 /agencies missing']],
    ['a list that is an object', { agencies: {} }, ['0 /agencies wrong-type']],
    [
      'every member wrong',
      {
        agencies: [
          agency('a'),
          { id: '', name: 5, kind: 'village', parent: {}, validFrom: '2018-02-30', oops: 1 },
        ],
      },
      [
        '1 /agencies/1/id bad-length',
        '1 /agencies/1/name wrong-type',
        '1 /agencies/1/kind bad-value',
        '1 /agencies/1/parent wrong-type',
        '1 /agencies/1/validFrom bad-date',
        '1 /agencies/1/oops unknown-member',
      ],
    ],
    [
      'days that end before they begin, and two parents for one day',
      {
        agencies: [
          agency('a', { validFrom: '2025-07-01', validTo: '2025-06-30' }),
          agency('b', {
            parents: [
              { parent: 'a', validTo: '2025-06-30' },
              { parent: 'c', validFrom: '2025-06-30', validTo: '2025-07-31' },
              { validFrom: '2026-01-01', validTo: '2025-12-31' },
              { parent: 5, validFrom: '2027-01-01' },
            ],
          }),
        ],
      },
      [
        '0 /agencies/0/validTo overlap',
        '1 /agencies/1/parents/1 overlap',
        '1 /agencies/1/parents/2/validTo overlap',
        '1 /agencies/1/parents/3/parent wrong-type',
      ],
    ],
    ['one twice', { agencies: [agency('a'), agency('b'), agency('a')] }, ['2 /agencies/2/id duplicate']],
    [
      'NUL',
      { agencies: [agency('a'), agency('b\0')] },
      ['1 /agencies/1/id bad-text', '1 /agencies/1/name bad-text'],
    ],
  ])('with %s are refused by name', (_, raw, expected) => {
    expect(named(readAgencies(raw)).sort()).toEqual([...expected].sort());
  });

  const link = (id: string, parent?: string) => ({ id, parent });
  const places = (list: ReturnType<typeof link>[], existing: ReturnType<typeof link>[] = []) =>
    faultsOfParents(list, new Map(existing.map((one) => [one.id, one]))).map(
      (fault) => `${fault.pointer} ${fault.code}`,
    );

  it('have parents in the list, in whatever order, or in the catalogue', () => {
    expect(places([link('c', 'b'), link('b', 'a'), link('d', 'x')], [link('x'), link('a')])).toEqual([]);
    expect(places([link('c', 'b'), link('b', 'a')])).toEqual(['/agencies/1/parent unknown-agency']);
  });

  it('do not run in circles', () => {
    expect(places([link('a', 'a')])).toEqual(['/agencies/0/parent circular-parent']);
    expect(places([link('x', 'a'), link('a', 'b'), link('b', 'a')])).toEqual([
      '/agencies/1/parent circular-parent',
      '/agencies/2/parent circular-parent',
    ]);
  });

  it('do not close a circle with what is known already', () => {
    expect(places([link('a', 'c')], [link('a'), link('b', 'a'), link('c', 'b')])).toEqual([
      '/agencies/0/parent circular-parent',
    ]);
    // The same list also opens the circle elsewhere.
    expect(places([link('a', 'c'), link('c')], [link('a'), link('b', 'a'), link('c', 'b')])).toEqual([]);
  });

  it('of other times are judged like those of now', () => {
    const faults = faultsOfParents(
      [
        { id: 'a', parents: [{ parent: 'b', validTo: '2025-06-30' }, { parent: 'x' }] },
        { id: 'b', parent: 'a' },
        { id: 'c', parents: [{ parent: 'b', validFrom: '2025-07-01' }] },
      ],
      new Map(),
    );
    expect(faults.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/agencies/0/parents/0/parent circular-parent',
      '/agencies/0/parents/1/parent unknown-agency',
      '/agencies/1/parent circular-parent',
    ]);
  });

  it('make no circle exactly if everyone reaches a root', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const id = fc.constantFrom(...ids);
    const links = fc.uniqueArray(fc.record({ id, parent: fc.option(id, { nil: undefined }) }), {
      selector: (one) => one.id,
    });
    fc.assert(
      fc.property(links, (list) => {
        const roots = ids.map((one) => link(one));
        const parents = new Map<string, Pick<AgencyDoc, 'parent'>>(
          [...roots, ...list].map((one) => [one.id, one]),
        );
        const circular = list.some((one) => {
          let up = one.parent;
          for (let step = 0; up !== undefined && step < 10; step++) up = parents.get(up)?.parent;
          return up !== undefined;
        });
        expect(places(list, roots).length > 0).toBe(circular);
      }),
    );
  });

  it('may form a chain of any length', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => link(`a${i}`, `a${i + 1}`));
    expect(places(chain)).toEqual(['/agencies/99999/parent unknown-agency']);
  });
});

describe('procedures', () => {
  const limit = (more: object = {}) => ({ statutory: { amount: 5, unit: 'working-days' }, ...more });
  const procedure = (limits: unknown, more: object = {}) => ({
    code: '1.000123',
    name: 'Cấp giấy phép',
    domain: 'Xây dựng',
    limits,
    ...more,
  });
  const read = (...procedures: unknown[]) => readProcedures({ procedures });

  it('are taken as they stand', () => {
    const body = procedure(
      [
        limit(),
        limit({ validFrom: '2018-07-01', committed: { amount: 3.5, unit: 'working-hours' } }),
        limit({ channel: 'online' }),
      ],
      { pausePolicy: 'restart' },
    );
    expect(read(body)).toEqual({ ok: true, value: [body] });
    expect(read(procedure([], { name: 'Thủ tục '.repeat(100) })).ok).toBe(true);
    expect(named(read(procedure([], { name: '' })))).toEqual(['0 /procedures/0/name bad-length']);
  });

  it('of the replay are taken', () =>
    expect(readProcedures(shipped('cantho/procedures-2018.json')).ok).toBe(true));

  it.each<[string, unknown, string[]]>([
    ['no limits', procedure(undefined), ['0 /procedures/0/limits missing']],
    ['no statutory limit', procedure([{}]), ['0 /procedures/0/limits/0/statutory missing']],
    [
      'a broken limit',
      procedure([limit({ statutory: { amount: -1, unit: 'fortnights' } })]),
      [
        '0 /procedures/0/limits/0/statutory/amount out-of-range',
        '0 /procedures/0/limits/0/statutory/unit bad-value',
      ],
    ],
    [
      'half a day',
      procedure([limit({ committed: { amount: 2.5, unit: 'working-days' } })]),
      ['0 /procedures/0/limits/0/committed/amount out-of-range'],
    ],
    [
      'two limits for one channel and day',
      procedure([
        limit(),
        limit({ channel: 'post' }),
        limit(),
        limit({ channel: 'post', validFrom: '2018-01-01' }),
      ]),
      ['0 /procedures/0/limits/2 duplicate'],
    ],
    [
      'a misspelt member',
      procedure([limit({ commited: {} })]),
      ['0 /procedures/0/limits/0/commited unknown-member'],
    ],
    ['an unknown policy', procedure([], { pausePolicy: 'stop' }), ['0 /procedures/0/pausePolicy bad-value']],
  ])('with %s are refused by name', (_, body, expected) => {
    expect(named(readProcedures(JSON.parse(JSON.stringify({ procedures: [body] }))))).toEqual(expected);
  });
  it('are named once', () => {
    expect(named(read(procedure([]), procedure([])))).toEqual(['1 /procedures/1/code duplicate']);
  });
});

describe('a calendar', () => {
  const day = { on: '2018-02-14', kind: 'off', reason: 'Tết', decision: '573/TB-VPCP' } as const;

  it('that ships with us is taken', () =>
    expect(readCalendar(shipped('calendars/default.json')).ok).toBe(true));

  it.each<[string, unknown, string[]]>([
    [
      'sessions to 24:00',
      {
        sessions: [
          ['00:00', '12:00'],
          ['12:00', '24:00'],
        ],
      },
      [],
    ],
    ['days alone', { days: [day, { on: '2018-02-15', kind: 'normal' }] }, []],
    ['no sessions', { sessions: [] }, ['0 /sessions out-of-range']],
    [
      'sessions that begin at 24:00',
      { sessions: [['24:00', '24:00']] },
      ['0 /sessions/0/0 bad-value', '0 /sessions/0 overlap'],
    ],
    [
      'odd times',
      { sessions: [['7:00', '11:60']] },
      ['0 /sessions/0/0 bad-value', '0 /sessions/0/1 bad-value', '0 /sessions/0 overlap'],
    ],
    ['a session that ends at once', { sessions: [['07:00', '07:00']] }, ['0 /sessions/0 overlap']],
    [
      'overlapping sessions',
      {
        sessions: [
          ['07:00', '11:00'],
          ['10:59', '12:00'],
        ],
      },
      ['0 /sessions/1 overlap'],
    ],
    [
      'unsorted sessions',
      {
        sessions: [
          ['13:00', '17:00'],
          ['07:00', '11:00'],
        ],
      },
      ['0 /sessions/1 overlap'],
    ],
    ['half a session', { sessions: [['07:00']] }, ['0 /sessions/0 out-of-range']],
    ['a day that does not exist', { days: [{ ...day, on: '2018-02-29' }] }, ['0 /days/0/on bad-date']],
    [
      'a day off without a reason',
      { days: [{ on: '2018-02-14', kind: 'off' }] },
      ['0 /days/0/reason missing'],
    ],
    ['an unknown kind', { days: [{ ...day, kind: 'half' }] }, ['0 /days/0/kind bad-value']],
    ['one day twice', { days: [day, { ...day, kind: 'work' }] }, ['0 /days/1/on duplicate']],
  ])('with %s', (_, body, expected) => expect(named(readCalendar(body))).toEqual(expected));
});
