import { formatInstant, type Instant } from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import type { Form06aReport } from '../reports/form-06a.js';
import { reportChecksum } from '../reports/report-checksum.js';
import type { RawQuery } from '../reports/report-query.js';
import type { TimelinessReport } from '../reports/timeliness-report.js';
import { DOSSIER_WORDS, spoken } from './dossier-table.js';
import { FORM_IDENTITIES, FORM_TITLE, mappingNotes } from './form-06a-table.js';
import { type Language, type Note, say, type Words } from './table.js';
import { type Formula, formulaLine } from './timeliness-table.js';

/** What stands on every export of a report, so that its numbers can be found again and defended. */
export interface ReportFacts {
  /** Name of the agency it is of, or of all. */
  agency: string;
  /** Instant of knowledge. */
  asOf: Instant;
  /** Version of the working calendar as of that instant. */
  calendarVersion: number;
  checksum: string;
  /** The formulas of its rates; none where it has none. */
  formulas: readonly Formula[];
  /** Broken identities; empty as long as the figures close. */
  violations: readonly string[];
  /** Where the same figures are, as of the same instant. */
  address: string;
}

const textOf = (value: RawQuery[string]): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const NOTES_TITLE: Words = ['Cách tính', 'How it is counted'];

/** `2018-03-12` → 12/03/2018. */
export const shownDay = (day: string): string => day.split('-').reverse().join('/');
/** `2018-03-12T08:00:00.000+07:00` → 08:00:00 12/03/2018. */
export const shownInstant = (instant: Instant): string => {
  const text = formatInstant(instant);
  return `${text.slice(11, 19)} ${shownDay(text.slice(0, 10))}`;
};

export function factsOf(
  report: Pick<TimelinessReport, 'from' | 'to' | 'total' | 'rows' | 'identities'> | Form06aReport,
  kind: string,
  context: {
    agency: string | undefined;
    asOf: Instant;
    catalogue: Catalogue;
    address: string;
    formulas: readonly Formula[];
    language: Language;
  },
): ReportFacts {
  const { agency, asOf, catalogue, address, formulas, language } = context;
  const { from, to, total, rows, identities } = report;
  return {
    agency:
      agency === undefined
        ? say(['Toàn bộ đơn vị', 'All agencies'], language)
        : (catalogue.agencies.get(agency)?.name ?? agency),
    ...{ asOf, address, formulas },
    calendarVersion: catalogue.calendarVersionAt(asOf),
    checksum: reportChecksum({ report: kind, from, to, total, rows }),
    violations: identities.violations,
  };
}

function filtersOf(filters: RawQuery, catalogue: Catalogue, language: Language): Note[] {
  const [procedure, domain, channel] = [filters.procedure, filters.domain, filters.channel].map(textOf);
  const chosen: [Words, string | undefined][] = [
    [['Thủ tục', 'Procedure'], procedure && (catalogue.procedures.get(procedure)?.name ?? procedure)],
    [['Lĩnh vực', 'Domain'], domain],
    [['Kênh tiếp nhận', 'Channel'], spoken(DOSSIER_WORDS.channel, channel, language)],
  ];
  return chosen.flatMap(([label, value]) => (value ? [{ label: say(label, language), value }] : []));
}

/** What a report was narrowed to, e.g. `Lĩnh vực: Hộ tịch`. */
export const filterWords = (filters: RawQuery, catalogue: Catalogue, language: Language): string[] =>
  filtersOf(filters, catalogue, language).map(({ label, value }) => `${label}: ${String(value)}`);

export function timelinessNotes(
  report: TimelinessReport,
  facts: ReportFacts,
  filters: RawQuery,
  catalogue: Catalogue,
  language: Language,
): Note[] {
  const note = (label: Words, value: Note['value'], kind?: Note['kind']): Note => ({
    label: say(label, language),
    value,
    ...(kind && { kind }),
  });
  return [
    note(
      ['Báo cáo', 'Report'],
      say(['Tiến độ giải quyết thủ tục hành chính', 'Timeliness of administrative procedures'], language),
    ),
    note(['Đơn vị', 'Agency'], facts.agency),
    ...filtersOf(filters, catalogue, language),
    ...periodNotes(report, facts, language),
    ...facts.formulas.map((formula) => ({
      label: say(
        [`Tỷ lệ (${formula.id}): ${formula.name.vi}`, `Rate (${formula.id}): ${formula.name.en}`],
        language,
      ),
      value: `${formulaLine(formula, language)}; ${say([`${formula.decimals} chữ số thập phân`, `${formula.decimals} decimals`], language)}`,
    })),
    note(
      ['Đẳng thức', 'Identities'],
      say(
        [
          'tồn kỳ trước + tiếp nhận + mở lại = đã giải quyết + kết thúc khác + đang giải quyết; đã giải quyết = sớm + đúng hạn + trễ + không có hạn; đang giải quyết = trong hạn + quá hạn + tạm dừng + không có hạn',
          'carried over + received + reopened = resolved + closed otherwise + open; resolved = early + on time + late + no due date; open = in time + overdue + paused + no due date',
        ],
        language,
      ),
    ),
    ...proofNotes(report, facts, language),
  ];
}

export function formNotes(report: Form06aReport, facts: ReportFacts): Note[] {
  return [
    { label: 'Báo cáo', value: `Biểu số ${report.form}: ${FORM_TITLE}` },
    { label: 'Đơn vị báo cáo', value: facts.agency },
    { label: 'Đơn vị tính', value: report.unit },
    ...periodNotes(report, facts, 'vi'),
    { label: 'Đẳng thức', value: `${FORM_IDENTITIES.join('; ')}; mỗi cột bằng tổng các dòng` },
    ...mappingNotes(report.mapping).map(({ label, value }) => ({ label: `Xếp cột: ${label}`, value })),
    ...proofNotes(report, facts, 'vi'),
  ];
}

export function dossierNotes(
  filters: RawQuery,
  catalogue: Catalogue,
  { asOf, rows, checksum }: { asOf: Instant; rows: number; checksum: string },
  language: Language,
): Note[] {
  const text = (name: string) => textOf(filters[name]);
  const [agency, procedure] = [text('agency'), text('procedure')];
  const chosen: [Words, string | undefined][] = [
    [['Đơn vị', 'Agency'], agency && (catalogue.agencies.get(agency)?.name ?? agency)],
    [['Thủ tục', 'Procedure'], procedure && (catalogue.procedures.get(procedure)?.name ?? procedure)],
    [['Trạng thái', 'State'], spoken(DOSSIER_WORDS.state, text('state'), language)],
    [['Tiến độ', 'Timeliness'], spoken(DOSSIER_WORDS.timeliness, text('timeliness'), language)],
    [['Kênh tiếp nhận', 'Channel'], spoken(DOSSIER_WORDS.channel, text('channel'), language)],
  ];
  return [
    {
      label: say(['Danh sách', 'List'], language),
      value: say(['Hồ sơ, hạn sớm nhất trước', 'Dossiers, the earliest deadline first'], language),
    },
    ...chosen.flatMap(([label, value]) =>
      value === undefined ? [] : [{ label: say(label, language), value }],
    ),
    { label: say(['Tính đến', 'As of'], language), value: formatInstant(asOf), kind: 'instant' },
    {
      label: say(['Tiến độ', 'Timeliness'], language),
      value: say(
        [
          'tính tại thời điểm trên, theo hạn đang có hiệu lực; hạn theo ngày kéo dài đến hết ngày, “quá hạn từ” là mili giây đầu tiên sau hạn',
          'at that instant, under the deadline in force; a deadline in days runs to the end of its day, “overdue from” is the first millisecond after it',
        ],
        language,
      ),
    },
    {
      label: say(['Phiên bản lịch làm việc', 'Version of the working calendar'], language),
      value: catalogue.calendarVersionAt(asOf),
      kind: 'count',
    },
    { label: say(['Số dòng', 'Rows'], language), value: rows, kind: 'count' },
    { label: say(['Mã kiểm tra (SHA-256)', 'Checksum (SHA-256)'], language), value: checksum },
  ];
}

function periodNotes(report: { from: string; to: string }, facts: ReportFacts, language: Language): Note[] {
  return [
    { label: say(['Từ ngày', 'From'], language), value: report.from, kind: 'date' },
    { label: say(['Đến ngày', 'To'], language), value: report.to, kind: 'date' },
    {
      label: say(['Cách cắt kỳ', 'How the period is cut'], language),
      value: say(
        [
          'từ 00:00 của ngày đầu đến hết ngày cuối, giờ Việt Nam (UTC+7); số dư cuối kỳ tính ở thời điểm cuối kỳ hoặc thời điểm tính đến, lấy thời điểm sớm hơn',
          'from 00:00 of the first day to the end of the last, Vietnam time (UTC+7); stocks are those of the end of the period or of the as-of instant, whichever is earlier',
        ],
        language,
      ),
    },
    {
      label: say(['Tính đến', 'As of'], language),
      value: formatInstant(facts.asOf),
      kind: 'instant',
    },
  ];
}

function proofNotes(report: { rows: readonly unknown[] }, facts: ReportFacts, language: Language): Note[] {
  return [
    {
      label: say(['Kiểm tra đẳng thức', 'Identities checked'], language),
      value:
        facts.violations.length === 0
          ? say(['Số liệu khớp', 'The figures close'], language)
          : facts.violations.join('; '),
    },
    {
      label: say(['Phiên bản lịch làm việc', 'Version of the working calendar'], language),
      value: facts.calendarVersion,
      kind: 'count',
    },
    { label: say(['Số dòng', 'Rows'], language), value: report.rows.length, kind: 'count' },
    { label: say(['Mã kiểm tra (SHA-256)', 'Checksum (SHA-256)'], language), value: facts.checksum },
    { label: say(['Cùng số liệu tại', 'The same figures at'], language), value: facts.address },
  ];
}

/** Words of a sentence on the closing of the figures, for paper. */
export const closingWords = (violations: readonly string[], language: Language): string =>
  violations.length === 0
    ? say(['Số liệu khớp mọi đẳng thức.', 'The figures keep every identity.'], language)
    : say(
        [`SỐ LIỆU KHÔNG KHỚP (${violations.length}): `, `THE FIGURES DO NOT CLOSE (${violations.length}): `],
        language,
      ) + violations.join('; ');
