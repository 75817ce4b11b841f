import { describe, expect, it } from '@jest/globals';
import { formatAddress, parseAddress } from './address.js';
import { LIST_NAMES, listBehind, listOf, listQuery, monthParts } from './list-address.js';

const AS_OF = '2018-11-30T08:00:00.000+07:00';

const scope = {
  agency: 'H13.02',
  procedure: null,
  tree: 'recorded' as const,
  period: { from: '2018-01-01', to: '2018-12-31' },
  today: '2018-12-31',
};
const asked = (...args: Parameters<typeof listOf>) => Object.fromEntries(listQuery(listOf(...args), scope));

describe('the address of a list', () => {
  it('comes back as it went in, for every list and with every filter', () => {
    for (const name of LIST_NAMES) {
      const filter = {
        ...listOf(name, { channel: 'online', late: '1-3', flat: '1', treeOn: '2018-06-30', asOf: AS_OF }),
        ...(name === 'gop' && { figures: 'carriedOver,received.total' }),
        after: 'x_Y-1',
      };
      const address = {
        ...parseAddress('/', '?ky=nam-2018&donvi=H13.02&sap=-due'),
        view: { kind: 'list' as const, filter, back: '/?ky=nam-2018&theo=kenh' },
      };
      const [path = '', search = ''] = formatAddress(address).split('?');
      expect(path).toBe('/danh-sach');
      expect(parseAddress(path, `?${search}`)).toEqual(address);
    }
  });

  it('falls back to all dossiers where it is damaged', () => {
    // A sum of nothing is none, and no other list has figures that are added up.
    for (const search of ['?muc=constructor&sau=', '?muc=gop', '?muc=tat-ca&gom=reopened']) {
      expect(parseAddress('/danh-sach', search).view).toEqual({
        kind: 'list',
        filter: { name: 'tat-ca', after: null },
        back: null,
      });
    }
  });
});

describe('the list behind figures of a report', () => {
  it.each<[string[], object]>([
    [['resolved.late'], { name: 'tre-han' }],
    [['open.pausedInTime'], { name: 'tam-dung-con-han' }],
    [['received.online'], { name: 'tiep-nhan', channel: 'online' }],
    [
      ['received.counter', 'received.post', 'reopened'],
      { name: 'gop', figures: 'received.counter,received.post,reopened' },
    ],
  ])('%j is %j', (figures, list) => {
    expect(listBehind(figures)).toEqual({ ...list, after: null });
  });

  it('is of one channel where another is the filter already', () => {
    expect(listBehind(['received.online'], { channel: 'post' })).toEqual({
      ...{ name: 'gop', figures: 'received.online', channel: 'post', after: null },
    });
  });

  it('asks for the sum in its period, as it was known', () => {
    const filter = listBehind(['carriedOver', 'received.total'], { asOf: AS_OF });
    expect(Object.fromEntries(listQuery(filter, scope))).toEqual({
      ...{ figures: 'carriedOver,received.total', from: '2018-01-01', to: '2018-12-31' },
      ...{ agency: 'H13.02', asOf: AS_OF },
    });
  });

  it('asks for no stock later than it was known', () => {
    const at = (asOf: string) =>
      listQuery(listBehind(['open.total'], { asOf }), { ...scope, today: '2019-01-01' }).get('at');
    expect([at('2018-12-31T23:59:59.998+07:00'), at('2018-12-31T16:59:59.999Z')]).toEqual([
      ...[null, '2018-12-31T23:59:59.999+07:00'],
    ]);
  });
});

describe('what a list asks for', () => {
  it('is the period of a flow', () => {
    expect(asked('tre-han', { channel: 'post' })).toEqual({
      ...{ flow: 'resolved-late', from: '2018-01-01', to: '2018-12-31', agency: 'H13.02', channel: 'post' },
    });
  });

  it('is a stock now while the period lasts, at its end once it is over, and before it for what came over', () => {
    expect(asked('qua-han')).toEqual({ stock: 'overdue', agency: 'H13.02' });
    const later = { ...scope, today: '2019-01-01' };
    expect(listQuery(listOf('qua-han'), later).get('at')).toBe('2018-12-31T23:59:59.999+07:00');
    expect(listQuery(listOf('ton-ky-truoc'), scope).get('at')).toBe('2017-12-31T23:59:59.999+07:00');
  });

  it('is a bucket of what was resolved', () => {
    expect(asked('tre-han', { daysFromDue: 'late-1-3' })).toMatchObject({
      ...{ flow: 'resolved-late', daysFromDue: 'late-1-3' },
    });
    expect(asked('da-giai-quyet', { took: 'fee' })).toMatchObject({ flow: 'resolved', took: 'fee' });
  });

  it('is counted by the tree of the day that its figure was counted by, not of one that is still to come', () => {
    expect(asked('tiep-nhan', { treeOn: '2018-06-30' })).toMatchObject({ treeOn: '2018-06-30' });
    expect(asked('tiep-nhan', { treeOn: '2019-01-31' })).toMatchObject({ treeOn: '2018-12-31' });
    // What was carried over stood before the period, and was counted with it.
    expect(asked('ton-ky-truoc')).toMatchObject({ treeOn: '2018-12-31' });
    for (const other of [{ agency: null }, { tree: 'current' as const }])
      expect(
        listQuery(listOf('ton-ky-truoc', { treeOn: '2018-06-30' }), { ...scope, ...other }).get('treeOn'),
      ).toBeNull();
  });

  it('is of another tree than the month’s own only if the organisation changed since', () => {
    const month = { from: '2018-03-01', to: '2018-03-31' };
    const noted = (on: string, kind = 'organisation-change') =>
      monthParts(month, scope.period, [{ kind, on }]);
    expect([noted('2018-03-31'), noted('2018-04-01')]).toEqual([{}, { treeOn: '2018-12-31' }]);
    expect(noted('2018-04-01', 'calendar-change')).toEqual({});
  });

  it('is the agency alone where only its own are meant', () => {
    expect(asked('qua-han', { flat: '1' })).toMatchObject({ agency: 'H13.02', flat: 'true' });
  });
});
