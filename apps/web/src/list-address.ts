import type { Tree } from './address.js';
import { isCivilDate, type Period } from './period.js';

/**
 * The lists behind the figures: what each is in an address, and in the API. Flows are what happened in the period;
 * stocks are what stood at its end, or stands now while it lasts.
 */
export const LISTS = {
  'ton-ky-truoc': { stock: 'open', before: true },
  'tiep-nhan': { flow: 'received' },
  'mo-lai': { flow: 'reopened' },
  'da-giai-quyet': { flow: 'resolved' },
  'som-han': { flow: 'resolved-early' },
  'dung-han': { flow: 'resolved-on-time' },
  'tre-han': { flow: 'resolved-late' },
  'xong-khong-han': { flow: 'resolved-no-due-date' },
  'som-dung-han': { flow: 'resolved-by-due-date' },
  'xong-co-han': { flow: 'resolved-with-due-date' },
  'xong-khong-tre': { flow: 'resolved-not-late' },
  'dang-giai-quyet': { stock: 'open' },
  'trong-han': { stock: 'in-time' },
  'qua-han': { stock: 'overdue' },
  'tam-dung': { stock: 'paused' },
  'tam-dung-con-han': { stock: 'paused-in-time' },
  'tam-dung-qua-han': { stock: 'past-due-while-paused' },
  'khong-han': { stock: 'no-due-date' },
  'ket-thuc-khac': { flow: 'closed-otherwise' },
  'tu-choi': { flow: 'closed-refused' },
  'cong-dan-rut': { flow: 'closed-withdrawn' },
  'dung-xu-ly': { flow: 'closed-stopped' },
  'tu-choi-tiep-nhan': { flow: 'refused' },
  'sap-den-han': { timeliness: 'due-soon' },
  'tat-ca': {},
  /** Figures that are added up; which ones is a part of the filter. */
  gop: { sum: true },
} as const satisfies Record<string, Kind>;
interface Kind {
  flow?: string;
  stock?: string;
  timeliness?: string;
  before?: boolean;
  sum?: boolean;
}
export type ListName = keyof typeof LISTS;
export const LIST_NAMES = Object.keys(LISTS) as ListName[];

/** Filters of a list beyond agency, procedure and period, by their names in an address. */
const PARTS = {
  channel: 'kenhnhan',
  domain: 'linhvuc',
  late: 'tre',
  due: 'denhan',
  awaiting: 'cho',
  pausedFor: 'dungtrong',
  cause: 'nguyennhan',
  daysFromDue: 'sovoihan',
  took: 'phatsinh',
  /** The agency's own dossiers, without those of the agencies below it. */
  flat: 'rieng',
  /** Agencies of a kind: directly below, or at whatever depth. */
  kind: 'loaidonvi',
  kindBelow: 'loaicapduoi',
  /** Figures of a report's line that are added up. */
  figures: 'gom',
  /** Instant of knowledge, RFC 3339; absent: now. */
  asOf: 'luc',
} as const;
type Part = keyof typeof PARTS;
const PART_NAMES = Object.keys(PARTS) as Part[];

/** `treeOn`: the day by whose tree the figure was counted that the list stands behind; the usual one where it is absent. */
export type ListFilter = { name: ListName; after: string | null; treeOn?: string } & Partial<
  Record<Part, string>
>;
export type ListParts = Partial<Omit<ListFilter, 'name' | 'after'>>;

/** The list behind a figure of a report's line, by the figure's path in the line. */
const LIST_OF_FIGURE: Record<string, ListName> = {
  carriedOver: 'ton-ky-truoc',
  'received.total': 'tiep-nhan',
  reopened: 'mo-lai',
  'resolved.total': 'da-giai-quyet',
  'resolved.early': 'som-han',
  'resolved.onTime': 'dung-han',
  'resolved.late': 'tre-han',
  'resolved.noDueDate': 'xong-khong-han',
  'closedOtherwise.total': 'ket-thuc-khac',
  'closedOtherwise.refused': 'tu-choi',
  'closedOtherwise.withdrawn': 'cong-dan-rut',
  'closedOtherwise.stopped': 'dung-xu-ly',
  'open.total': 'dang-giai-quyet',
  'open.inTime': 'trong-han',
  'open.overdue': 'qua-han',
  'open.paused': 'tam-dung',
  'open.pausedInTime': 'tam-dung-con-han',
  'open.pausedPastDue': 'tam-dung-qua-han',
  'open.noDueDate': 'khong-han',
  refused: 'tu-choi-tiep-nhan',
};

/** What is listed: a list by its name, or the figures of a report's line that were added up. */
export type Behind = ListName | readonly string[];

/** The list behind them. */
export function listBehind(behind: Behind, parts: ListParts = {}): ListFilter {
  if (typeof behind === 'string') return listOf(behind, parts);
  const [only = ''] = behind.length === 1 ? behind : [];
  const name = LIST_OF_FIGURE[only];
  if (name !== undefined) return listOf(name, parts);
  if (only.startsWith('received.')) {
    const channel = only.slice('received.'.length);
    // Of another channel there would be none, which is what the figure says.
    if (parts.channel === undefined || parts.channel === channel)
      return listOf('tiep-nhan', { ...parts, channel });
  }
  return listOf('gop', { ...parts, figures: behind.join() });
}

export const listOf = (name: ListName, parts: ListParts = {}): ListFilter => ({
  ...parts,
  name,
  after: null,
});

export const isListName = (text: string | null): text is ListName =>
  text !== null && Object.hasOwn(LISTS, text);

/** Unknown or damaged parts fall back to the list of everything, as elsewhere in addresses. */
export function parseListFilter(query: URLSearchParams): ListFilter {
  const name = query.get('muc');
  const parts = PART_NAMES.flatMap((part): [Part, string][] => {
    const value = query.get(PARTS[part]);
    return value ? [[part, value]] : [];
  });
  const treeOn = query.get('caycuoi') ?? '';
  const { figures, ...rest } = Object.fromEntries(parts);
  const isSum = name === 'gop' && figures !== undefined;
  return {
    name: isListName(name) && (name !== 'gop' || isSum) ? name : 'tat-ca',
    after: query.get('sau') || null,
    ...(isCivilDate(treeOn) && { treeOn }),
    ...(isSum && { figures }),
    ...rest,
  };
}

export function listParameters(filter: ListFilter): [string, string][] {
  return [
    ['muc', filter.name],
    ...PART_NAMES.flatMap((part): [string, string][] => {
      const value = filter[part];
      return value === undefined ? [] : [[PARTS[part], value]];
    }),
    ...(filter.treeOn === undefined ? [] : [['caycuoi', filter.treeOn] as [string, string]]),
    ...(filter.after === null ? [] : [['sau', filter.after] as [string, string]]),
  ];
}

export interface ListScope {
  agency: string | null;
  procedure: string | null;
  tree: Tree;
  period: Period;
  /** Civil date of today in Vietnam. */
  today: string;
}

/** The API's question for a list, without sort and page; `/v1/dossiers/export` takes the same. */
export function listQuery(filter: ListFilter, scope: ListScope): URLSearchParams {
  const kind: Kind = LISTS[filter.name];
  const { period, today } = scope;
  const query = new URLSearchParams();
  if (kind.flow !== undefined) query.set('flow', kind.flow);
  if (kind.flow !== undefined || kind.sum) {
    query.set('from', period.from);
    query.set('to', period.to);
  }
  if (kind.stock !== undefined) {
    query.set('stock', kind.stock);
    if (kind.before) query.set('at', endOf(dayBefore(period.from)));
    // Before the end of what was known nothing has stood yet.
    else if (period.to < today && !isBefore(filter.asOf, endOf(period.to))) query.set('at', endOf(period.to));
  }
  if (kind.timeliness !== undefined) query.set('timeliness', kind.timeliness);
  if (scope.agency !== null) query.set('agency', scope.agency);
  if (scope.procedure !== null) query.set('procedure', scope.procedure);
  if (scope.tree === 'current') query.set('tree', scope.tree);
  // Restated, all is of the tree of now; else what a period carried over is of its own tree, like its other figures.
  const treeOn = filter.treeOn ?? (kind.before ? period.to : undefined);
  const someones = scope.agency !== null || filter.kind !== undefined || filter.kindBelow !== undefined;
  if (treeOn !== undefined && scope.tree === 'recorded' && someones)
    query.set('treeOn', treeOn < today ? treeOn : today);
  for (const part of PART_NAMES) {
    const value = filter[part];
    if (value !== undefined) query.set(part, part === 'flat' ? 'true' : value);
  }
  return query;
}

/**
 * The list behind a figure of a month within a span that was counted as one. A change of the organisation in between
 * parts the month's own tree from that of the span, by which the figure was counted.
 */
export function monthParts(
  month: Period,
  span: Period,
  notes: readonly { kind: string; on: string }[],
): ListParts {
  const parted = notes.some(({ kind, on }) => kind === 'organisation-change' && on > month.to);
  return parted ? { treeOn: span.to } : {};
}

const isBefore = (instant: string | undefined, other: string): boolean =>
  instant !== undefined && Date.parse(instant) < Date.parse(other);

/** The last millisecond of a civil day in Vietnam. */
export const endOf = (day: string): string => `${day}T23:59:59.999+07:00`;

const dayBefore = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
