import { useId } from 'react';
import { AGENCY_KINDS, overviewOf, type Address, type AgencyKind, type Sort } from '../address.js';
import type { AgencyTree } from '../agencies.js';
import { useResource, type Dossier, type DossierPage } from '../api.js';
import { serverNow } from '../clock.js';
import { formatDate, formatInstant, formatMinute, NO_FIGURE, parseInstant } from '../format.js';
import {
  isListName,
  LIST_NAMES,
  LISTS,
  listQuery,
  type ListFilter,
  type ListScope,
} from '../list-address.js';
import type { Live } from '../live.js';
import { keyOf } from '../live-list.js';
import { useAgencies, useProcedures } from '../names.js';
import { Link, usePage } from '../page.js';
import { BackLink } from '../parts/back-link.js';
import { causeName, useCauses } from '../parts/cause.js';
import { DossierLink } from '../parts/dossier-link.js';
import { DownloadLinks } from '../parts/download-links.js';
import { ProcedureFilter } from '../parts/filter-note.js';
import { Failure, Loading, Stale } from '../parts/notice.js';
import { PeriodPicker } from '../parts/period-picker.js';
import { TimelinessBadge } from '../parts/status.js';
import { DueDate } from '../parts/time-left.js';
import { civilDateOf, periodOf } from '../period.js';
import { figureWords, sumWords } from '../report-words.js';
import { useTitle } from '../title.js';
import { scopeOf } from './overview.js';
import '../lists.css';

const PAGE_SIZE = 50;
const CHANNELS = ['counter', 'online', 'post'];
/** What every list can be filtered by. */
const KEPT = ['channel', 'domain', 'flat', 'kind', 'kindBelow', 'treeOn', 'asOf'] as const;
/** Whether it is of what happened, and a dossier may stand in it more than once. */
const isOfPeriod = ({ name }: ListFilter): boolean => 'flow' in LISTS[name] || 'sum' in LISTS[name];

/** The list behind a figure: the same filter, in the address; sortable, page by page, to be taken away. */
export function ListView({ filter, back, live }: { filter: ListFilter; back: string | null; live: Live }) {
  const { address, text, count } = usePage();
  const other = useOtherList();
  const { tree } = useAgencies();
  const procedures = useProcedures();
  const now = serverNow();
  const today = civilDateOf(now);
  const period = typeof address.period === 'string' ? periodOf(address.period, now) : address.period;
  const { agency, procedure, tree: treeMode } = address;
  const scoped: ListScope = { agency, procedure, tree: treeMode, period, today };
  const query = listQuery(filter, scoped);
  const path = (more: Record<string, string>) =>
    `/v1/dossiers?${new URLSearchParams([...query, ...Object.entries(more)]).toString()}`;
  const sort = sortOf(address.sort, filter);
  // What is over does not move; only what stands now, or happens in a period that lasts, is asked for anew.
  const refresh = period.to >= today && filter.asOf === undefined ? live.refresh : 0;
  const page = useResource<DossierPage>(
    path({ sort, limit: String(PAGE_SIZE), ...(filter.after !== null && { cursor: filter.after }) }),
    refresh,
  );
  // Apart from the page, which is there at once however many there are.
  const counted = useResource<DossierPage>(path({ sort, limit: '1', count: 'true' }), refresh);

  const isFlow = isOfPeriod(filter);
  const at = query.get('at');
  const treeOn = query.get('treeOn');
  // As the overview calls it from which the figure came.
  const scope = tree === null ? agency : scopeOf(tree, agency);
  const agencyName = scope === null ? text.allAgencies : (tree?.get(scope)?.name ?? scope);
  const name = text.lists.names[filter.name];
  useTitle(`${name} · ${agencyName}`);
  const total = counted.data?.count;
  // Of another period the pages are others, and the tree is its own.
  const { treeOn: _, ...withoutTree } = filter;
  const anew: ListFilter = { ...withoutTree, after: null };
  return (
    <>
      <PeriodPicker period={period} today={today} also={other(anew)} />
      <BackLink to={back} otherwise={overviewOf(address)} />
      <div className="page-title">
        <h1 tabIndex={-1}>{name}</h1>
        <p className="bounds">
          <strong lang="vi">{agencyName}</strong>{' '}
          <span>
            {isFlow
              ? text.bounds(formatDate(period.from), formatDate(period.to))
              : at === null
                ? text.lists.now
                : text.lists.at(formatMinute(parseInstant(at) ?? now))}
          </span>
          {treeOn !== null && <span data-tree-on={treeOn}>{text.lists.treeOn(formatDate(treeOn))}</span>}
        </p>
      </div>
      {procedure !== null && <ProcedureFilter name={procedures.get(procedure)?.name ?? procedure} />}
      <Chooser filter={filter} />
      <Parts filter={filter} />
      <div className="section-head">
        <p className="list-count" data-figure="count" role="status">
          {total === undefined ? '…' : (isFlow ? text.lists.countFlow : text.lists.count)(count(total))}
        </p>
        <DownloadLinks
          title={text.lists.exports}
          files={(['xlsx', 'csv'] as const).map((format) => ({
            label: text.lists[format],
            path: `/v1/dossiers/export?${new URLSearchParams([['format', format], ...query]).toString()}`,
          }))}
        />
      </div>
      {page.error !== null && page.data !== null && page.receivedAt !== null && (
        <Stale at={formatInstant(page.receivedAt)} retry={page.retry} />
      )}
      {page.data === null ? (
        page.error === null ? (
          <Loading tall />
        ) : (
          <Failure error={page.error} retry={page.retry} />
        )
      ) : page.data.items.length === 0 ? (
        <p className="empty">{text.lists.empty}</p>
      ) : (
        <Table filter={filter} items={page.data.items} tree={tree} caption={name} past={at !== null} />
      )}
      <nav aria-label={text.lists.paging} className="pages screen-only">
        {filter.after !== null && <Link to={other({ ...filter, after: null })}>‹ {text.lists.first}</Link>}
        {page.data?.next && (
          <Link to={other({ ...filter, after: page.data.next })}>{text.lists.next(count(PAGE_SIZE))} ›</Link>
        )}
      </nav>
    </>
  );
}

/** This list by another filter; the way back stays. */
function useOtherList(): (filter: ListFilter) => Partial<Address> {
  const { view } = usePage().address;
  const back = view.kind === 'list' ? view.back : null;
  return (filter) => ({ view: { kind: 'list', filter, back } });
}

/** In the API's words; by when it happened where things happened, else by the deadline. */
function sortOf(sort: Sort | null, filter: ListFilter): string {
  const column = sort && ['due', 'time', 'code'].includes(sort.column) ? sort.column : null;
  if (column === null) return isOfPeriod(filter) ? '-time' : 'due';
  return sort?.descending ? `-${column}` : column;
}

/** Which list, and which channel. */
function Chooser({ filter }: { filter: ListFilter }) {
  const other = useOtherList();
  const { go, text } = usePage();
  const id = useId();
  const show = (change: Partial<ListFilter>) =>
    go({ ...other({ ...filter, ...change, after: null }), sort: null });
  return (
    <div className="chooser screen-only">
      <label htmlFor={`${id}-list`}>{text.lists.which}</label>
      <select
        id={`${id}-list`}
        value={filter.name}
        onChange={({ target }) => {
          // Another list has other parts; those of this one would only be refused.
          const kept = Object.fromEntries(
            KEPT.flatMap((part) => (filter[part] ? [[part, filter[part]]] : [])),
          );
          if (isListName(target.value))
            go({ ...other({ ...kept, name: target.value, after: null }), sort: null });
        }}
      >
        {LIST_NAMES.filter((name) => name !== 'gop' || name === filter.name).map((name) => (
          <option key={name} value={name}>
            {text.lists.names[name]}
          </option>
        ))}
      </select>
      <label htmlFor={`${id}-channel`}>{text.lists.channel}</label>
      <select
        id={`${id}-channel`}
        value={filter.channel ?? ''}
        onChange={({ target }) => {
          const { channel: _, ...rest } = filter;
          if (target.value === '') go(other({ ...rest, after: null }));
          else show({ channel: target.value });
        }}
      >
        <option value="">{text.lists.anyChannel}</option>
        {CHANNELS.map((channel) => (
          <option key={channel} value={channel}>
            {text.channels[channel]}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What else the list is filtered by; each is seen, and can be taken off. */
function Parts({ filter }: { filter: ListFilter }) {
  const other = useOtherList();
  const { address, text } = usePage();
  const causes = useCauses();
  const { lists } = text;
  const value = (part: string, code: string): string => {
    switch (part) {
      case 'late':
      case 'pausedFor':
        return lists.late[code] ?? code;
      case 'due':
        return lists.dueIn[code] ?? code;
      case 'awaiting':
        return lists.awaiting[code] ?? code;
      case 'cause':
        return code === 'none' ? lists.noCause : causeName(causes, code, address.language);
      case 'daysFromDue':
        return code.startsWith('early-')
          ? (lists.early[code.slice('early-'.length)] ?? code)
          : lists.lateBy(lists.late[code.slice('late-'.length)] ?? code);
      case 'took':
        return lists.took[code] ?? code;
      case 'figures':
        return sumWords(code, text);
      case 'asOf':
        return formatInstant(parseInstant(code) ?? 0);
      case 'flat':
        return '';
      case 'kind':
      case 'kindBelow':
        return AGENCY_KINDS.some((kind) => kind === code) ? text.kinds[code as AgencyKind] : code;
      default:
        return code;
    }
  };
  const parts = Object.keys(lists.parts).flatMap((part) => {
    const code = filter[part as keyof typeof filter];
    return typeof code === 'string' ? [{ part, words: value(part, code) }] : [];
  });
  if (parts.length === 0) return null;
  return (
    <ul className="filter parts" aria-label={lists.filters}>
      {parts.map(({ part, words }) => {
        const name = `${lists.parts[part] ?? part}${words && `: ${words}`}`;
        const rest = Object.fromEntries(Object.entries(filter).filter(([other]) => other !== part));
        return (
          <li key={part}>
            {name} {/* Without its figures a sum would be no list any more. */}
            {part !== 'figures' && (
              <Link
                to={other({ ...(rest as ListFilter), after: null })}
                label={lists.removeFilter(name)}
                className="screen-only"
              >
                {text.clearFilter}
              </Link>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Table({
  filter,
  items,
  tree,
  caption,
  past,
}: {
  filter: ListFilter;
  items: Dossier[];
  tree: AgencyTree | null;
  caption: string;
  /** Of an instant that is over: the deadline and the pause of then, beside the state of now. */
  past: boolean;
}) {
  const { text } = usePage();
  const procedures = useProcedures();
  const isFlow = isOfPeriod(filter);
  const isSum = filter.figures !== undefined;
  const paused = filter.name.startsWith('tam-dung');
  const { columns } = text.lists;
  return (
    <div className="table-scroll" role="region" aria-label={`${caption}: ${text.tableScroll}`} tabIndex={0}>
      <table className="dossiers" data-list={filter.name}>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            <SortHeading id="code" filter={filter} label={columns.code} />
            <SortHeading id="due" filter={filter} label={past ? text.lists.dueThen : columns.due} />
            {isSum && <th scope="col">{text.lists.countedAs}</th>}
            {paused && <th scope="col">{text.lists.pausedThen}</th>}
            <th scope="col">{text.lists.state}</th>
            <th scope="col">{text.procedure}</th>
            <th scope="col">{text.agency}</th>
            <SortHeading id="time" filter={filter} label={isFlow ? columns.happened : columns.time} />
          </tr>
        </thead>
        <tbody>
          {items.map((dossier, index) => (
            <tr key={`${keyOf(dossier)} ${index}`} data-code={dossier.code}>
              <th scope="row">
                <DossierLink source={dossier.source} code={dossier.code} />
              </th>
              <td>
                {past || (isSum && dossier.then) ? (
                  minuteBefore(dossier.then?.overdueFrom)
                ) : (
                  <DueDate dossier={dossier} />
                )}
              </td>
              {isSum && <td>{figureWords(dossier.countedAs ?? '', null, text)}</td>}
              {paused && <td>{minute(dossier.then?.pausedSince ?? null)}</td>}
              <td>
                {dossier.timeliness !== null && <TimelinessBadge timeliness={dossier.timeliness} />}{' '}
                {(dossier.timeliness === null || dossier.state === 'resolved') &&
                  (text.states[dossier.state] ?? dossier.state)}
              </td>
              <td className="words" lang="vi">
                {procedures.get(dossier.procedure ?? '')?.name ?? dossier.procedure}
              </td>
              <td className="words" lang="vi">
                {tree?.get(dossier.resolvingAgency ?? '')?.name ?? dossier.resolvingAgency}
              </td>
              <td>{minute(isFlow ? (dossier.happenedAt ?? null) : dossier.acceptedAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const minute = (text: string | null): string => {
  const at = parseInstant(text);
  return at === null ? NO_FIGURE : formatMinute(at);
};

/** The deadline itself: a day where it runs to midnight, else the minute. */
function minuteBefore(overdueFrom: string | null | undefined): string {
  const at = parseInstant(overdueFrom);
  if (at === null) return NO_FIGURE;
  const text = formatMinute(at - 1);
  return text.startsWith('23:59') ? text.slice(6) : text;
}

function SortHeading({ id, filter, label }: { id: string; filter: ListFilter; label: string }) {
  const other = useOtherList();
  const { address, go, text } = usePage();
  const current = sortOf(address.sort, filter);
  const sorted = current.replace('-', '') === id;
  const descending = sorted && current.startsWith('-');
  return (
    <th scope="col" aria-sort={!sorted ? 'none' : descending ? 'descending' : 'ascending'}>
      <button
        type="button"
        title={text.sortBy(label)}
        onClick={() =>
          go({
            sort: { column: id, descending: sorted && !descending },
            ...other({ ...filter, after: null }),
          })
        }
      >
        {label}
        <span className="arrow" aria-hidden="true">
          {!sorted ? '↕' : descending ? '↓' : '↑'}
        </span>
      </button>
    </th>
  );
}
