import { useState } from 'react';
import type { Address } from '../address.js';
import type { KeyedRow, Row, Thresholds } from '../figures.js';
import { Link, usePage } from '../page.js';
import { COLUMNS, NAME_COLUMN, RATE_COLUMN, sortRows, type Column } from './columns.js';
import { ListLink, RateLinks, type ListTarget } from './list-link.js';
import { RateLight } from './status.js';

export interface TableRow extends KeyedRow {
  label: string;
  /** Second line under the name: what tells two of the same name apart. */
  note?: string | undefined;
  to?: Partial<Address> | undefined;
  /** Whose dossiers the lists behind the figures hold. */
  lists: ListTarget;
}
export interface TableGroup {
  key: string;
  /** Null: the rows stand without a heading of their own. */
  heading: { label: string; to: Partial<Address>; sum: Row; lists: ListTarget } | null;
  rows: TableRow[];
}

const ROWS_AT_FIRST = 60;

export function BreakdownTable({
  caption,
  nameHeading,
  groups,
  totalLabel,
  total,
  thresholds,
  totalLists,
}: {
  caption: string;
  nameHeading: string;
  groups: TableGroup[];
  totalLabel: string;
  total: Row;
  thresholds: Thresholds;
  totalLists: ListTarget;
}) {
  const { address, text, count } = usePage();
  const [all, setAll] = useState(false);
  const size = groups.reduce((n, group) => n + group.rows.length, 0);
  const cut = !all && groups.length === 1 && size > ROWS_AT_FIRST * 1.5;
  return (
    <>
      <div className="table-scroll" role="region" aria-label={text.tableScroll} tabIndex={0}>
        <table className="figures">
          <caption className="unseen">{caption}</caption>
          <thead>
            <tr>
              <SortHeading id={NAME_COLUMN} label={nameHeading} rowSpan={2} />
              {COLUMNS.map((column, index) => {
                if (column.group === null)
                  return <ColumnHeading key={column.id} column={column} rowSpan={2} />;
                if (COLUMNS[index - 1]?.group === column.group) return null;
                return (
                  <th
                    key={column.id}
                    scope="colgroup"
                    className="group"
                    colSpan={COLUMNS.filter((one) => one.group === column.group).length}
                  >
                    {text[column.group]}
                  </th>
                );
              })}
              <SortHeading id={RATE_COLUMN} label={text.rateShort} rowSpan={2} />
            </tr>
            <tr>
              {COLUMNS.filter((column) => column.group !== null).map((column) => (
                <ColumnHeading key={column.id} column={column} />
              ))}
            </tr>
          </thead>
          {groups.map((group) => {
            const rows = sortRows(group.rows, address.sort, (row) => row.label);
            return (
              <tbody key={group.key}>
                {group.heading && (
                  <tr className="group-row">
                    <th scope="rowgroup">
                      <Link to={group.heading.to}>{group.heading.label}</Link>{' '}
                      <span className="small-n">({count(group.rows.length)})</span>
                    </th>
                    <Cells
                      row={group.heading.sum}
                      thresholds={thresholds}
                      lists={group.heading.lists}
                      label={group.heading.label}
                    />
                  </tr>
                )}
                {(cut ? rows.slice(0, ROWS_AT_FIRST) : rows).map((row) => (
                  <tr key={row.key} data-key={row.key}>
                    <th scope="row" lang="vi">
                      {row.to ? <Link to={row.to}>{row.label}</Link> : row.label}
                      {row.note !== undefined && <small>{row.note}</small>}
                    </th>
                    <Cells row={row} thresholds={thresholds} lists={row.lists} label={row.label} />
                  </tr>
                ))}
              </tbody>
            );
          })}
          <tfoot>
            <tr>
              <th scope="row">{totalLabel}</th>
              <Cells row={total} thresholds={thresholds} lists={totalLists} label={totalLabel} />
            </tr>
          </tfoot>
        </table>
      </div>
      {cut && (
        <>
          <button type="button" className="screen-only more" onClick={() => setAll(true)}>
            {text.showAllRows(count(size))}
          </button>
          <p className="print-only fine">{text.rowsShown(count(ROWS_AT_FIRST), count(size))}</p>
        </>
      )}
    </>
  );
}

function ColumnHeading({ column, rowSpan }: { column: Column; rowSpan?: number }) {
  const { text } = usePage();
  return (
    <SortHeading
      id={column.id}
      label={column.label(text)}
      fullLabel={column.fullLabel?.(text)}
      rowSpan={rowSpan}
    />
  );
}

function SortHeading({
  id,
  label,
  fullLabel,
  rowSpan,
}: {
  id: string;
  label: string;
  fullLabel?: string | undefined;
  rowSpan?: number | undefined;
}) {
  const { address, go, text } = usePage();
  const sorted = address.sort?.column === id ? address.sort : null;
  const direction = sorted === null ? 'none' : sorted.descending ? 'descending' : 'ascending';
  // Names begin with A, numbers with the largest: what one most likely looks for. The third press undoes.
  const first = id !== NAME_COLUMN;
  const next =
    sorted === null
      ? { column: id, descending: first }
      : sorted.descending === first
        ? { column: id, descending: !first }
        : null;
  return (
    <th
      scope="col"
      rowSpan={rowSpan}
      aria-sort={direction}
      className={id === NAME_COLUMN ? 'name' : undefined}
    >
      <button type="button" title={text.sortBy(fullLabel ?? label)} onClick={() => go({ sort: next })}>
        {label}
        {fullLabel !== undefined && <span className="unseen"> ({fullLabel})</span>}
        <span className="arrow" aria-hidden="true">
          {direction === 'none' ? '↕' : direction === 'descending' ? '↓' : '↑'}
        </span>
      </button>
    </th>
  );
}

function Cells({
  row,
  thresholds,
  lists,
  label,
}: {
  row: Row;
  thresholds: Thresholds;
  lists: ListTarget;
  label: string;
}) {
  const { percent } = usePage();
  const rate = row.rates.a;
  return (
    <>
      {COLUMNS.map((column) => {
        const value = column.value(row);
        const tone = value === 0 ? 'zero' : column.warn ? 'warn' : undefined;
        return (
          <td key={column.id} className={tone} data-column={column.id}>
            <ListLink behind={column.list} value={value} target={lists} of={label} />
          </td>
        );
      })}
      <td className="rate-cell" data-column="rate">
        <span className="small-n">
          {rate.percent !== null && <RateLinks rate={rate} target={lists} of={label} />}
        </span>{' '}
        <span className="rate-value">{percent(rate.percent)}</span>{' '}
        <RateLight rate={rate} thresholds={thresholds} terse />
      </td>
    </>
  );
}
