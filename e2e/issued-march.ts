import { expect } from '@jest/globals';
import { type Chain, type CloudEventJson, fullType, type ShortType, vn } from '#libs/testing';

/**
 * A month that a report is issued about, what is told of it later, and what is then to be seen: the same walk over
 * every log, and after a rebuild.
 */
const SOURCE = 'urn:test:mot-cua';
export const ISSUED = '/v1/reports/issued';
export const MARCH = {
  kind: 'timeliness',
  period: '2018-03',
  bounds: 'calendar',
  by: 'agency',
  agency: 'H13',
};

export interface Verification {
  withdrawn: { at: string; reason: string } | null;
  checksum: string;
  stored: { matches: boolean };
  recomputed: { matches: boolean; checksum: string; differences: { count: number } };
  organisation: { matches: boolean };
  since: {
    restated: boolean;
    report: string;
    restatements: string;
    differences: { items: { key: string | null; figure: string; issued: number; other: number }[] };
  };
}
export interface Issued {
  number: string;
  asOf: string;
  checksum: string;
  calendarVersion: number;
  formula: { id: string; version: number } | null;
  report: { from: string; to: string; total: Record<string, unknown>; rows: { key: string }[] };
}
export interface Restatements {
  items: {
    key: string;
    figure: string;
    before: number;
    after: number;
    dossiers: {
      count: number;
      all: string;
      items: { code: string; difference: number; cause: string; events: { id: string; cause: string }[] }[];
    };
  }[];
}

export async function putMarchCatalogue(chain: Pick<Chain, 'putAgencies' | 'putProcedures'>): Promise<void> {
  await chain.putAgencies([
    { id: 'H13', name: 'Thành phố Cần Thơ', kind: 'province' },
    { id: 'H13.02', name: 'Sở Tư pháp', kind: 'department', parent: 'H13' },
    { id: 'H13.40', name: 'Quận Ninh Kiều', kind: 'district', parent: 'H13' },
    { id: 'H13.40.01', name: 'Phường Cái Khế', kind: 'commune', parent: 'H13.40' },
  ]);
  await chain.putProcedures([
    { code: '1.001193', name: 'Đăng ký khai sinh', domain: 'Hộ tịch', limits: [] },
    { code: '2.000908', name: 'Cấp bản sao từ sổ gốc', domain: 'Chứng thực', limits: [] },
  ]);
}

export const MARCH_EVENTS: readonly CloudEventJson[] = [
  ...dossier('HS-0001', 'H13.40.01', '2018-03-01', '2018-03-15', '2018-03-20'),
  ...dossier('HS-0002', 'H13.40.01', '2018-03-01', '2018-03-15', '2018-03-14'),
  ...dossier('HS-0003', 'H13.02', '2018-03-05', '2018-03-20', '2018-03-20 16:00'),
  ...dossier('HS-0004', 'H13.02', '2018-03-12', '2018-03-16'),
];

/** A correction, and a resolution that comes late. */
export const TOLD_LATER: readonly CloudEventJson[] = [
  event('HS-0001', 'corrected', '2018-03-21', {
    ...{ event: 'HS-0001-resolved', type: fullType('resolved'), time: vn('2018-03-15'), data: {} },
  }),
  event('HS-0004', 'resolved', '2018-03-30', {}),
];

/** What verifying says of the report once that was told. */
export function expectRestated(body: Verification): void {
  expect(body.since.restated).toBe(true);
  const differs = body.since.differences.items.map(({ key, figure, issued: was, other }) => [
    ...[key, figure, was, other],
  ]);
  expect(differs).toContainEqual(['H13.40', 'resolved.late', 1, 0]);
  expect(differs).toContainEqual(['H13.40', 'resolved.onTime', 0, 1]);
  expect(differs).toContainEqual(['H13.02', 'open.overdue', 1, 0]);
}

/** The list of restatements names dossiers and events. */
export function expectNamed(items: Restatements['items']): void {
  expect(items.map(({ key, figure, before, after }) => [key, figure, before, after])).toEqual([
    ['H13.02', 'resolved.total', 1, 2],
    ['H13.02', 'resolved.late', 0, 1],
    ['H13.02', 'open.total', 1, 0],
    ['H13.02', 'open.overdue', 1, 0],
    ['H13.40', 'resolved.onTime', 0, 1],
    ['H13.40', 'resolved.late', 1, 0],
  ]);
  expect(items[5]?.dossiers.items).toMatchObject([
    {
      ...{ code: 'HS-0001', difference: -1, cause: 'correction' },
      events: [{ id: 'HS-0001-corrected', cause: 'correction' }],
    },
  ]);
  expect(items[3]?.dossiers.items).toMatchObject([
    { code: 'HS-0004', cause: 'late-arrival', events: [{ id: 'HS-0004-resolved' }] },
  ]);
}

/** An acceptance over the counter, and a resolution if there is one. */
function dossier(
  code: string,
  agency: string,
  acceptedOn: string,
  dueOn: string,
  resolved?: string,
): CloudEventJson[] {
  const procedure = agency === 'H13.02' ? '2.000908' : '1.001193';
  return [
    event(code, 'accepted', acceptedOn, {
      ...{ procedure, receivingAgency: agency, channel: 'counter', dueAt: vn(`${dueOn} 17:00`) },
    }),
    ...(resolved === undefined ? [] : [event(code, 'resolved', resolved, {})]),
  ];
}

function event(code: string, type: ShortType, time: string, data: Record<string, unknown>): CloudEventJson {
  return {
    ...{ specversion: '1.0', source: SOURCE, id: `${code}-${type}`, type: fullType(type), subject: code },
    ...{ time: vn(time), data },
  };
}
