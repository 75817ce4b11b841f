import { listParameters, parseListFilter, type ListFilter } from './list-address.js';
import { type Compose, composeQuery, parseCompose } from './compose.js';
import { formSearch, NO_FORM_CHOICE, parseFormChoice, type FormChoice } from './form-address.js';
import { isCivilDate, PRESETS, type Period, type Preset } from './period.js';

export type Language = 'vi' | 'en';
export type View =
  | { kind: 'overview' }
  | { kind: 'watch' }
  /** `back`: the view it was opened from, as its address; null: the same filter's overview, or none is known. */
  | { kind: 'list'; filter: ListFilter; back: string | null }
  | { kind: 'dossier'; source: string; code: string; back: string | null }
  | { kind: 'reports'; number: string | null }
  | { kind: 'form-06a' }
  | { kind: 'missing' };

export const BREAKDOWNS = ['agency', 'procedure', 'domain', 'channel'] as const;
export type Breakdown = (typeof BREAKDOWNS)[number];

export const AGENCY_KINDS = ['province', 'department', 'district', 'commune', 'centre', 'office'] as const;
export type AgencyKind = (typeof AGENCY_KINDS)[number];

/** As recorded, or restated to the tree of now. */
export type Tree = 'recorded' | 'current';

export interface Sort {
  column: string;
  descending: boolean;
}

/** Everything that decides what the page shows. It lives in the address bar and nowhere else. */
export interface Address {
  view: View;
  language: Language;
  /** A preset moves with the calendar; a pair of dates stays. */
  period: Preset | Period;
  agency: string | null;
  level: AgencyKind | null;
  procedure: string | null;
  by: Breakdown | null;
  tree: Tree;
  /** The report that is being put together; null: none yet. */
  compose: Compose | null;
  sort: Sort | null;
  /** What only the forms ask. */
  form: FormChoice;
}

/** Holds today whenever it is read. */
export const DEFAULT_PRESET: Preset = 'thang-nay';
const BY_WORDS: Record<Breakdown, string> = {
  agency: 'don-vi',
  procedure: 'thu-tuc',
  domain: 'linh-vuc',
  channel: 'kenh',
};

const oneOf = <T extends string>(values: readonly T[], text: string | null): T | null =>
  values.find((value) => value === text) ?? null;

/** Unknown or damaged parts of an address fall back to the default instead of failing. */
export function parseAddress(path: string, search: string): Address {
  const query = new URLSearchParams(search);
  const from = query.get('tu') ?? '';
  const to = query.get('den') ?? '';
  const view = parseView(path, query);
  const dated = isCivilDate(from) && isCivilDate(to) && from <= to;
  const sort = /^(-?)([A-Za-z]+)$/.exec(query.get('sap') ?? '');
  return {
    view,
    language: query.get('lang') === 'en' ? 'en' : 'vi',
    period: dated ? { from, to } : (oneOf(PRESETS, query.get('ky')) ?? DEFAULT_PRESET),
    agency: query.get('donvi') || null,
    level: oneOf(AGENCY_KINDS, query.get('cap')),
    procedure: query.get('thutuc') || null,
    by: BREAKDOWNS.find((by) => BY_WORDS[by] === query.get('theo')) ?? null,
    tree: query.get('cay') === 'hien-nay' ? 'current' : 'recorded',
    compose: parseCompose(query),
    sort: sort?.[2] ? { column: sort[2], descending: sort[1] === '-' } : null,
    form: view.kind === 'form-06a' ? parseFormChoice(query) : NO_FORM_CHOICE,
  };
}

function parseView(path: string, query: URLSearchParams): View {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0) return { kind: 'overview' };
  if (parts.length === 1 && parts[0] === 'theo-doi') return { kind: 'watch' };
  if (parts.length === 1 && parts[0] === 'danh-sach') {
    const back = readBack(query.get('ve'));
    // Lists lead to no others, so addresses do not grow with the way that was gone.
    const fromList = back !== null && parseBack(back)?.view.kind === 'list';
    return { kind: 'list', filter: parseListFilter(query), back: fromList ? null : back };
  }
  if (parts[0] === 'bao-cao' && parts.length <= 2) return { kind: 'reports', number: parts[1] ?? null };
  if (parts.length === 2 && parts[0] === 'bieu-mau' && parts[1] === '06a') return { kind: 'form-06a' };
  if (parts.length === 3 && parts[0] === 'ho-so') {
    const source = decode(parts[1] ?? '');
    const code = decode(parts[2] ?? '');
    if (source !== null && code !== null)
      return { kind: 'dossier', source, code, back: readBack(query.get('ve')) };
  }
  return { kind: 'missing' };
}

/** A view as the way back to it, in whatever language is read by then. */
export const backTo = (address: Address): string => formatAddress({ ...address, language: 'vi' });

/** The address that a way back stands for; null: it leads to no view of this page that has dossiers to open. */
export function parseBack(text: string): Address | null {
  const [path = '', ...search] = text.split('?');
  const address = parseAddress(path, search.join('?'));
  // A dossier is opened from no other, so addresses do not grow with the way that was gone.
  return address.view.kind === 'missing' || address.view.kind === 'dossier' ? null : address;
}

/** What leads from a view to a list: as short an address as leads back to the view. */
export function toList(from: Address, change: Partial<Address>, filter: ListFilter): Partial<Address> {
  const to = { ...change, by: null, sort: null, compose: null };
  const back = backTo(from);
  const unknown = { kind: 'list' as const, filter, back: null };
  const known = backTo(overviewOf({ ...from, ...to, view: unknown })) === back;
  return { ...to, view: { ...unknown, back: known ? null : back } };
}

/** The figures of a list's own filter: where it leads back to if it is not known where it was opened from. */
export const overviewOf = (list: Address): Address => ({ ...list, view: { kind: 'overview' }, sort: null });

/** Written anew from what was understood of it: whatever stood there, no link to anybody else's page can come of it. */
function readBack(text: string | null): string | null {
  const address = text ? parseBack(text) : null;
  return address === null ? null : backTo(address);
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export function formatAddress(address: Address): string {
  const query: [string, string][] = [];
  if (typeof address.period !== 'string') {
    query.push(['tu', address.period.from], ['den', address.period.to]);
  } else if (address.period !== DEFAULT_PRESET) {
    query.push(['ky', address.period]);
  }
  if (address.agency !== null) query.push(['donvi', address.agency]);
  if (address.level !== null) query.push(['cap', address.level]);
  if (address.procedure !== null) query.push(['thutuc', address.procedure]);
  if (address.view.kind === 'list') query.push(...listParameters(address.view.filter));
  if (address.by !== null) query.push(['theo', BY_WORDS[address.by]]);
  if (address.tree === 'current') query.push(['cay', 'hien-nay']);
  if (address.compose !== null) query.push(...composeQuery(address.compose));
  if (address.sort !== null) {
    query.push(['sap', `${address.sort.descending ? '-' : ''}${address.sort.column}`]);
  }
  if ('back' in address.view && address.view.back !== null) query.push(['ve', address.view.back]);
  if (address.view.kind === 'form-06a') query.push(...formSearch(address.form));
  if (address.language === 'en') query.push(['lang', 'en']);
  const search = new URLSearchParams(query).toString();
  return pathOf(address.view) + (search === '' ? '' : `?${search}`);
}

function pathOf(view: View): string {
  switch (view.kind) {
    case 'watch':
      return '/theo-doi';
    case 'list':
      return '/danh-sach';
    case 'form-06a':
      return '/bieu-mau/06a';
    case 'dossier':
      return `/ho-so/${encodeURIComponent(view.source)}/${encodeURIComponent(view.code)}`;
    case 'reports':
      return view.number === null ? '/bao-cao' : `/bao-cao/${encodeURIComponent(view.number)}`;
    case 'overview':
    case 'missing':
      return '/';
  }
}

/** Whether going from one to the other is a new page to its reader (focus and scroll move) or only an adjustment. */
export function isAnotherPage(before: Address, after: Address): boolean {
  return (
    pathOf(before.view) !== pathOf(after.view) ||
    // Whoever puts a report together stays at its form.
    (after.view.kind !== 'reports' &&
      (before.agency !== after.agency || before.procedure !== after.procedure))
  );
}
