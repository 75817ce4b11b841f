import { describe, expect, it } from '@jest/globals';
import { rate } from '#libs/dossier';
import { checksumOf, differencesOf, type ReportCells } from './issued-cells.js';

const row = (key: string, late: number, early = 90) => ({
  ...{ key, name: `tên ${key}`, resolved: { early, late } },
  rates: { a: rate(early, early + late), b: rate(early, 100) },
});
const report = (rows: ReturnType<typeof row>[]): ReportCells => {
  const late = rows.reduce((sum, one) => sum + one.resolved.late, 0);
  const { key: _key, name: _name, ...total } = row('', late);
  return { from: '2018-01-01', to: '2018-12-31', total, rows };
};
const issued = report([row('A', 1), row('B', 2)]);
const sum = (cells: ReportCells, shape = issued.total) => checksumOf('timeliness', cells, shape);

describe('the checksum of an issued report', () => {
  it('is that of its figures: another figure, row or period gives another', () => {
    expect(sum(report([row('A', 1), row('B', 2)]))).toBe(sum(issued));
    const others = [
      report([row('A', 2), row('B', 1)]),
      report([row('A', 1)]),
      report([row('A', 1), row('C', 2)]),
      { ...issued, to: '2018-12-30' },
    ];
    for (const other of others) expect(sum(other)).not.toBe(sum(issued));
  });

  it('is not touched by names, nor by the order of rows', () => {
    const renamed = issued.rows.map((one) => ({ ...one, name: 'khác' })).toReversed();
    expect(sum({ ...issued, rows: renamed })).toBe(sum(issued));
  });

  it('is not touched by figures that a newer program shows besides', () => {
    const newer = <One extends object>(one: One) => ({
      ...one,
      causes: 3,
      resolved: { ...row('', 0).resolved, ...at(one) },
    });
    const at = (one: object) => ({ ...(one as { resolved: object }).resolved, onHold: 7 });
    const grown = { ...issued, total: newer(issued.total), rows: issued.rows.map(newer) };
    expect(sum(grown)).toBe(sum(issued));
    expect(sum(grown, grown.total)).not.toBe(sum(issued));
  });
});

describe('the differences from an issued report', () => {
  it('are none where the figures are the same', () => {
    expect(differencesOf(issued, report([row('A', 1), row('B', 2)]), 'a')).toEqual({ count: 0, items: [] });
  });

  it('are named with row and figure, and the rate that it was issued by', () => {
    expect(differencesOf(issued, report([row('A', 1), row('B', 3)]), 'a').items).toEqual([
      { key: null, name: null, figure: 'resolved.late', issued: 3, other: 4 },
      { key: null, name: null, figure: 'rates.a.percent', issued: 96.77, other: 95.74 },
      { key: 'B', name: 'tên B', figure: 'resolved.late', issued: 2, other: 3 },
      { key: 'B', name: 'tên B', figure: 'rates.a.percent', issued: 97.83, other: 96.77 },
    ]);
    expect(differencesOf(issued, report([row('A', 1), row('B', 3)]), null).count).toBe(2);
  });

  it('count a row that one of the two has not as nothing', () => {
    const items = differencesOf(issued, report([row('A', 3)]), null).items;
    expect(items).toEqual([
      { key: 'A', name: 'tên A', figure: 'resolved.late', issued: 1, other: 3 },
      { key: 'B', name: 'tên B', figure: 'resolved.early', issued: 90, other: 0 },
      { key: 'B', name: 'tên B', figure: 'resolved.late', issued: 2, other: 0 },
    ]);
  });

  it('are counted all, and shown to a bound', () => {
    const many = report(Array.from({ length: 150 }, (_, nth) => row(String(nth), 1)));
    const { count, items } = differencesOf(report([]), many, null);
    expect([count, items.length]).toEqual([301, 200]);
  });
});
