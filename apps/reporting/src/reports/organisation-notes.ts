import { AGENCY_KINDS } from '#libs/contracts';
import { type AgencyTree, type CivilDay, dayOf, formatDay, type Span } from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import type { ReportQuery } from './report-query.js';

/** What a reader must know of the organisation and the working calendar to read the figures. */
export interface ReportNote {
  kind: 'organisation-change' | 'not-restated' | 'calendar-change';
  /** First day on which it is otherwise. */
  on: string;
  agencies: string[];
  vi: string;
  en: string;
}

type TreeQuestion = Pick<ReportQuery, 'tree' | 'treeOn' | 'to' | 'asOf'>;

/**
 * The day whose tree counts: the last of the period or of knowledge, or one that was asked for; restated, the day of
 * knowledge.
 */
const treeDay = ({ tree, treeOn, to, asOf }: TreeQuestion): CivilDay =>
  tree === 'current' ? dayOf(asOf) : Math.min(treeOn ?? to, dayOf(asOf));

/** Who is below whom for a question. */
export const treeOf = (query: TreeQuestion, catalogue: Catalogue): AgencyTree =>
  catalogue.organisation.tree(query.tree, treeDay(query));

/** Whether an agency exists on the day of knowledge. */
export const existsNow = (agency: string, { asOf }: ReportQuery, catalogue: Catalogue): boolean =>
  catalogue.organisation.existed(agency, dayOf(asOf), dayOf(asOf));

/**
 * @param span the days that are summed up or compared
 * @param rows those of the answer
 */
export function notesOf(
  query: ReportQuery,
  catalogue: Catalogue,
  { from, to }: Span,
  rows: readonly { key: string }[],
): ReportNote[] {
  const last = Math.min(to, dayOf(query.asOf));
  return [
    ...changeNotes(query, catalogue, from, last),
    ...notRestatedNotes(query, catalogue, rows),
    ...calendarNotes(query, catalogue, from, last),
  ];
}

/** Days on which the working calendar became another; the first one is no change. */
function calendarNotes(
  { asOf }: ReportQuery,
  catalogue: Catalogue,
  from: CivilDay,
  to: CivilDay,
): ReportNote[] {
  const byDay = new Map<CivilDay, number[]>();
  for (let version = 2; version <= catalogue.newestCalendarVersion(); version += 1) {
    const at = catalogue.calendarRecordedAt(version);
    const day = dayOf(at);
    if (at <= asOf && day >= from && day <= to) byDay.set(day, [...(byDay.get(day) ?? []), version]);
  }
  return [...byDay].map(([day, versions]) => ({
    kind: 'calendar-change',
    on: formatDay(day),
    agencies: [],
    vi: `Ngày ${shownDay(day)} lịch làm việc được sửa (phiên bản ${versions.join(', ')}): hạn trả của hồ sơ đang giải quyết được tính lại theo lịch mới, hồ sơ đã giải quyết giữ nguyên.`,
    en: `On ${shownDay(day)} the working calendar was edited (version ${versions.join(', ')}): deadlines of open dossiers were computed anew, those of resolved ones stayed.`,
  }));
}

function changeNotes(query: ReportQuery, catalogue: Catalogue, from: CivilDay, to: CivilDay): ReportNote[] {
  const { organisation } = catalogue;
  const changes = organisation.changes(from, to);
  if (changes.length === 0) return [];
  // Whoever was below it, is below it, has gone over to somebody below it, or was so only in between: the page takes it
  // that where no change is noted the same agencies count on both sides.
  const scope =
    query.agency === undefined
      ? undefined
      : new Set(
          (['recorded', 'current'] as const).flatMap((mode) =>
            [from, ...changes.map(({ on }) => on), treeDay(query)].flatMap((day) =>
              organisation.tree(mode, day).subtree(query.agency as string),
            ),
          ),
        );
  const inScope = (ids: readonly string[]) => ids.filter((id) => !scope || scope.has(id));
  return changes.flatMap(({ on, ...change }): ReportNote[] => {
    const [ended, begun, moved] = [inScope(change.ended), inScope(change.begun), inScope(change.moved)];
    const agencies = [...new Set([...ended, ...begun, ...moved])].sort();
    if (agencies.length === 0) return [];
    const say = (ids: string[], words: (count: number) => string) =>
      ids.length === 0 ? [] : [`${words(ids.length)} (${names(catalogue, ids)})`];
    const vi = [
      ...say(ended, (n) => `${n} đơn vị kết thúc`),
      ...say(begun, (n) => `${n} đơn vị mới`),
      ...say(moved, (n) => `${n} đơn vị đổi đơn vị cấp trên`),
    ].join('; ');
    const en = [
      ...say(ended, (n) => `${n} ended`),
      ...say(begun, (n) => `${n} began`),
      ...say(moved, (n) => `${n} moved to another parent`),
    ].join('; ');
    return [
      {
        kind: 'organisation-change',
        on: formatDay(on),
        agencies,
        vi: `Từ ngày ${shownDay(on)} tổ chức thay đổi: ${vi}. ${TREE_WORDS[query.tree].vi}`,
        en: `The organisation changed on ${shownDay(on)}: ${en}. ${TREE_WORDS[query.tree].en}`,
      },
    ];
  });
}

const TREE_WORDS = {
  recorded: {
    vi: 'Số liệu theo cây đơn vị của cuối kỳ; đơn vị đã kết thúc giữ dòng riêng.',
    en: 'Figures follow the tree of the end of the period; what has ended keeps a row of its own.',
  },
  current: {
    vi: 'Số liệu đã quy về cây đơn vị hiện nay.',
    en: 'Figures are restated to the tree of now.',
  },
};

/** Rows of agencies that have ended and could not be given to anybody. */
function notRestatedNotes(
  query: ReportQuery,
  catalogue: Catalogue,
  rows: readonly { key: string }[],
): ReportNote[] {
  if (query.tree !== 'current' || query.by !== 'agency') return [];
  const { organisation } = catalogue;
  const byEnd = new Map<CivilDay, string[]>();
  for (const { key } of rows) {
    const end = organisation.endOf(key);
    if (end === undefined || !organisation.endedWithoutHeir(key, treeDay(query))) continue;
    byEnd.set(end + 1, [...(byEnd.get(end + 1) ?? []), key]);
  }
  return [...byEnd]
    .sort(([a], [b]) => a - b)
    .map(([on, agencies]) => ({
      kind: 'not-restated',
      on: formatDay(on),
      agencies,
      vi: `${agencies.length} đơn vị kết thúc trước ngày ${shownDay(on)} có nhiều đơn vị kế thừa hoặc không rõ đơn vị kế thừa (${names(catalogue, agencies)}): hồ sơ không chia được nên giữ dòng riêng.`,
      en: `${agencies.length} that ended before ${shownDay(on)} have several successors or none known (${names(catalogue, agencies)}): their dossiers cannot be divided and keep a row of their own.`,
    }));
}

const NAMED = 3;

/** The first names, the largest units first; a reform has hundreds, all of them are in `agencies`. */
function names(catalogue: Catalogue, ids: readonly string[]): string {
  const size = (id: string) => AGENCY_KINDS.indexOf(catalogue.agencies.get(id)?.kind ?? 'office');
  const shown = [...ids]
    .sort((a, b) => size(a) - size(b) || (a < b ? -1 : 1))
    .slice(0, NAMED)
    .map((id) => catalogue.agencies.get(id)?.name ?? id);
  return shown.join(', ') + (ids.length > NAMED ? '…' : '');
}

const shownDay = (day: CivilDay): string => formatDay(day).split('-').reverse().join('/');
