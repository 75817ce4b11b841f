import { rate } from '#libs/dossier';
import { grouped } from './progress-line.js';
import { addUp, sumsOf, type KeyedRow, type Sums, type UnitLevel, type YearFigures } from './report.js';
import type { Targets } from './targets.js';

export interface Verdict {
  /** The table and the checks, ready to print. */
  text: string;
  /** Whether every target is met and every identity holds. */
  right: boolean;
}

const LEVELS: readonly [UnitLevel, string][] = [
  ['department', 'Sở, ban / departments'],
  ['district', 'Quận, huyện / districts'],
  ['commune', 'Phường, xã / communes'],
];

/** Puts the year's figures beside the targets, and writes every identity out with its numbers. */
export function judge(year: YearFigures, targets: Targets): Verdict {
  const total = year.units.total;
  const sums = sumsOf(total);
  const checks = [...targetChecks(sums, total.rates.a.percent, targets), ...identityChecks(year, sums)];
  const violations =
    checks.filter((check) => check.kind === 'identity' && !check.holds).length +
    [year.units, ...Object.values(year.cuts), year.nextYear].reduce(
      (count, report) => count + report.identities.violations.length,
      0,
    );
  const text = [
    'Cần Thơ, 01/01/2018 – 31/12/2018 (từ / from GET /v1/reports/timeliness)',
    '',
    ...table(year, sums),
    '',
    ...figureLines(sums, total.rates.a.percent),
    '',
    'Đối chiếu / checks',
    ...checks.map(({ holds, text: line }) => `  ${holds ? '✓' : '✗'} ${line}`),
    `identity violations: ${violations}`,
  ].join('\n');
  return { text, right: violations === 0 && checks.every(({ holds }) => holds) };
}

interface Check {
  kind: 'target' | 'identity';
  holds: boolean;
  text: string;
}

function targetChecks(sums: Sums, percent: number | null, targets: Targets): Check[] {
  const check = (name: string, is: number, target: number): Check => ({
    kind: 'target',
    holds: is === target,
    text: `${name}: ${grouped(is)}, mục tiêu / target ${grouped(target)}`,
  });
  return [
    check('đã giải quyết / resolved', sums.resolved, targets.resolved),
    check('sớm và đúng hạn / early or on time', sums.early + sums.onTime, targets.earlyOrOnTime),
    check('trễ hạn / late', sums.late, targets.late),
    {
      kind: 'target',
      holds: percent?.toFixed(2) === targets.rateA,
      text: `tỷ lệ đúng hạn / on-time rate: ${percent?.toFixed(2) ?? '—'} %, mục tiêu / target ${targets.rateA} %`,
    },
    check('đang giải quyết / open', sums.open, targets.open),
    check(
      'chưa đến hạn / not yet due (in time + paused − paused past due)',
      sums.inTime + sums.paused - sums.pausedPastDue,
      targets.openNotYetDue,
    ),
    check(
      'quá hạn do chờ bổ sung / past due while paused',
      sums.pausedPastDue,
      targets.openPastDueWhilePaused,
    ),
  ];
}

function identityChecks(year: YearFigures, sums: Sums): Check[] {
  const equation = (name: string, left: number, parts: readonly [string, number][]): Check => ({
    kind: 'identity',
    holds: left === parts.reduce((sum, [, value]) => sum + value, 0),
    text: `${name} ${grouped(left)} = ${parts.map(([part, value]) => `${part} ${grouped(value)}`).join(' + ')}`,
  });
  const levels = LEVELS.map(([kind]) => addUp(unitsOf(year, kind), sums));
  const overLevels = (name: keyof Sums): [string, number][] =>
    LEVELS.map(([, label], index) => [label.split(' / ')[1]!, levels[index]![name]]);
  return [
    equation('carried over + received + reopened', sums.carriedOver + sums.received + sums.reopened, [
      ['resolved', sums.resolved],
      ['closed otherwise', sums.closedOtherwise],
      ['open', sums.open],
    ]),
    equation('resolved', sums.resolved, [
      ['early', sums.early],
      ['on time', sums.onTime],
      ['late', sums.late],
      ['without due date', sums.noDueDate],
    ]),
    equation('open', sums.open, [
      ['in time', sums.inTime],
      ['overdue', sums.overdue],
      ['paused', sums.paused],
      ['without due date', sums.openNoDueDate],
    ]),
    equation('received', sums.received, overLevels('received')),
    equation('resolved', sums.resolved, overLevels('resolved')),
    equation('open', sums.open, overLevels('open')),
    equation('open at the end of 2018', sums.open, [
      ['carried over into 2019', year.nextYear.total.carriedOver],
    ]),
    ...Object.entries(year.cuts).map(([cut, { rows }]): Check => {
      const parts = addUp(rows, sums);
      // By month only flows add up: what is open at the end of a month is open in the next as well.
      const names =
        cut === 'month'
          ? (['received', 'resolved', 'early', 'onTime', 'late', 'closedOtherwise', 'refused'] as const)
          : ([
              'received',
              'resolved',
              'early',
              'onTime',
              'late',
              'closedOtherwise',
              'open',
              'paused',
            ] as const);
      return {
        kind: 'identity',
        holds: names.every((name) => parts[name] === sums[name]),
        text: `total = sum over ${rows.length} rows by ${cut}: received ${grouped(parts.received)}, resolved ${grouped(parts.resolved)}, late ${grouped(parts.late)}`,
      };
    }),
    {
      kind: 'identity',
      holds: year.units.rows.every((row) => unitHolds(sumsOf(row))),
      text: `the first three for each of ${year.units.rows.length} units`,
    },
  ];
}

function unitHolds(row: Sums): boolean {
  return (
    row.carriedOver + row.received + row.reopened === row.resolved + row.closedOtherwise + row.open &&
    row.resolved === row.early + row.onTime + row.late + row.noDueDate &&
    row.open === row.inTime + row.overdue + row.paused + row.openNoDueDate
  );
}

function unitsOf(year: YearFigures, kind: UnitLevel): KeyedRow[] {
  return year.units.rows.filter(({ key }) => year.kindOf.get(key) === kind);
}

/** One figure per line, in a form that scripts can look for. */
function figureLines(sums: Sums, percent: number | null): string[] {
  return [
    `received ${grouped(sums.received)}`,
    `resolved ${grouped(sums.resolved)}`,
    `early or on time ${grouped(sums.early + sums.onTime)}`,
    `late ${grouped(sums.late)}`,
    `rate a = ${percent?.toFixed(2) ?? '—'}`,
    `open ${grouped(sums.open)}`,
    `not yet due ${grouped(sums.inTime + sums.paused - sums.pausedPastDue)}`,
    `past due while paused ${grouped(sums.pausedPastDue)}`,
  ];
}

const COLUMNS: readonly [string, string, (sums: Sums) => string][] = [
  ['Tiếp nhận', 'received', (sums) => grouped(sums.received)],
  ['Giải quyết', 'resolved', (sums) => grouped(sums.resolved)],
  ['Sớm hạn', 'early', (sums) => grouped(sums.early)],
  ['Đúng hạn', 'on time', (sums) => grouped(sums.onTime)],
  ['Trễ hạn', 'late', (sums) => grouped(sums.late)],
  ['Tỷ lệ (a)', 'rate a', rateOf],
  ['Đang xử lý', 'open', (sums) => grouped(sums.open)],
  ['Tạm dừng', 'paused', (sums) => grouped(sums.paused)],
  ['Chờ BS quá hạn', 'past due paused', (sums) => grouped(sums.pausedPastDue)],
];

function table(year: YearFigures, total: Sums): string[] {
  const rows = LEVELS.map(([kind, label]): [string, Sums] => {
    // Units of the catalogue: at a small scale some have had no dossier.
    const units = [...year.kindOf.values()].filter((other) => other === kind).length;
    return [`${label} (${units})`, addUp(unitsOf(year, kind), total)];
  });
  rows.push(['Toàn thành phố / total', total]);
  const lines = [
    ['', ...COLUMNS.map(([vietnamese]) => vietnamese)],
    ['', ...COLUMNS.map(([, english]) => english)],
    ...rows.map(([label, sums]) => [label, ...COLUMNS.map(([, , text]) => text(sums))]),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
  const rule = '─'.repeat(drawn[0]!.length);
  return [...drawn.slice(0, 2), rule, ...drawn.slice(2, -1), rule, drawn.at(-1)!];
}

/** The rate of summed rows; from exact integers, never 100 while one dossier was late. */
function rateOf({ early, onTime, late }: Sums): string {
  const { percent } = rate(early + onTime, early + onTime + late);
  return percent === null ? '—' : percent.toFixed(2);
}
