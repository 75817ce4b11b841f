import { useEffect, useRef } from 'react';
import { BREAKDOWNS, type Breakdown as By } from '../address.js';
import { rowsFromFlat, type AgencyTree, type Level } from '../agencies.js';
import type { Report } from '../api.js';
import { sumRows, type KeyedRow, type Thresholds } from '../figures.js';
import { Link, usePage } from '../page.js';
import { BreakdownTable, type TableGroup, type TableRow } from './breakdown-table.js';
import { rowLists, type ListTarget } from './list-link.js';
import { Loading } from './notice.js';

export interface BreakdownScope {
  tree: AgencyTree;
  agency: string | null;
  levels: Level[];
  level: Level | null;
  by: By;
  thresholds: Thresholds;
}

export function Breakdown({ scope, report }: { scope: BreakdownScope; report: Report | null }) {
  const { address, text, count } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  const { level, levels, by } = scope;

  // Choosing a level changes this part only: the keyboard goes on here.
  const shownLevel = useRef(level?.kind);
  useEffect(() => {
    if (shownLevel.current === level?.kind) return;
    shownLevel.current = level?.kind;
    if (level) heading.current?.focus();
  }, [level]);

  const title =
    by === 'agency' && level
      ? `${text.kinds[level.kind]} (${count(level.agencies.length)})`
      : text.breakdowns[by];
  return (
    <section className="breakdown" aria-labelledby="breakdown-title">
      <div className="section-head">
        <h2 id="breakdown-title" tabIndex={-1} ref={heading}>
          {title}
        </h2>
        <nav aria-label={text.breakdownNav} className="screen-only">
          <ul className="choices">
            {BREAKDOWNS.filter((one) => isOffered(one, scope, address.procedure)).map((one) => (
              <li key={one}>
                <Link to={{ by: one, level: null, sort: null }} current={one === by ? 'true' : undefined}>
                  {text.breakdowns[one]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      {by === 'agency' && levels.length > 1 && (
        <nav aria-label={text.levelNav} className="screen-only">
          <ul className="choices levels">
            <li>
              <Link to={{ level: null, by: null }} current={level === null ? 'true' : undefined}>
                {text.allLevels}
              </Link>
            </li>
            {levels.map((one) => (
              <li key={one.kind}>
                <Link
                  to={{ level: one.kind, by: null }}
                  current={level?.kind === one.kind ? 'true' : undefined}
                >
                  {text.kinds[one.kind]} ({count(one.agencies.length)})
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {report === null ? (
        <Loading tall />
      ) : report.rows.length === 0 ? (
        <p className="empty">{text.noRows}</p>
      ) : (
        <Table scope={scope} report={report} caption={title} />
      )}
    </section>
  );
}

const isOffered = (by: By, scope: BreakdownScope, procedure: string | null): boolean =>
  (by !== 'agency' || scope.levels.length > 0) &&
  ((by !== 'procedure' && by !== 'domain') || procedure === null);

function Table({ scope, report, caption }: { scope: BreakdownScope; report: Report; caption: string }) {
  const { text, count } = usePage();
  const { by, level } = scope;
  const groups = useGroups(scope, report);
  const districts =
    by === 'agency' &&
    groups.some((group) => group.rows.some((row) => scope.tree.get(row.key)?.kind === 'district' && row.to));
  return (
    <>
      <BreakdownTable
        // Another table, not the same one with other rows: "show all" begins anew.
        key={`${by} ${scope.agency} ${level?.kind}`}
        caption={caption}
        nameHeading={text.breakdownOf[by]}
        groups={groups}
        totalLabel={
          level ? text.levelTotal(text.kinds[level.kind], count(level.agencies.length)) : text.total
        }
        thresholds={scope.thresholds}
        total={level ? sumRows(groups.flatMap((group) => group.rows)) : report.total}
        totalLists={level ? kindLists(scope, level) : {}}
      />
      {districts && <p className="fine">{text.districtsInclude}</p>}
    </>
  );
}

/** The dossiers of all agencies of a level. */
const kindLists = ({ agency }: BreakdownScope, { kind, direct }: Level): ListTarget => ({
  to: { agency, level: null },
  parts: direct ? { kind } : { kindBelow: kind },
});

function useGroups(scope: BreakdownScope, report: Report): TableGroup[] {
  const { text } = usePage();
  const { tree, by, level, levels, agency } = scope;
  if (by !== 'agency') {
    return [{ key: 'all', heading: null, rows: report.rows.map((row) => otherRow(row)) }];
  }
  const agencyRow = (row: KeyedRow): TableRow => {
    const lists = rowLists(by, row.key, agency);
    if (row.key === agency) return { ...row, label: text.ownRow, lists };
    const known = tree.get(row.key);
    const note = level && !level.direct && known?.parent ? tree.get(known.parent)?.name : undefined;
    return {
      ...row,
      label: row.name ?? known?.name ?? row.key,
      note,
      to: { agency: row.key, level: null, by: null },
      lists,
    };
  };
  if (level) {
    const rows = level.direct
      ? report.rows.filter((row) => row.key !== agency && tree.get(row.key)?.kind === level.kind)
      : rowsFromFlat(tree, level, report.rows);
    return [{ key: level.kind, heading: null, rows: rows.map(agencyRow) }];
  }
  const direct = levels.filter((one) => one.direct);
  if (direct.length < 2) return [{ key: 'all', heading: null, rows: report.rows.map(agencyRow) }];

  const groups: TableGroup[] = direct.map((one) => {
    const rows = report.rows.filter((row) => row.key !== agency && tree.get(row.key)?.kind === one.kind);
    return {
      key: one.kind,
      heading: {
        ...{ label: text.kinds[one.kind], to: { level: one.kind, by: null } },
        ...{ sum: sumRows(rows), lists: kindLists(scope, one) },
      },
      rows: rows.map(agencyRow),
    };
  });
  // The agency's own dossiers, and rows whose agency the page's catalogue does not know yet.
  const grouped = new Set(groups.flatMap((group) => group.rows.map((row) => row.key)));
  const rest = report.rows.filter((row) => !grouped.has(row.key));
  return rest.length === 0 ? groups : [{ key: 'rest', heading: null, rows: rest.map(agencyRow) }, ...groups];

  function otherRow(row: KeyedRow): TableRow {
    if (by === 'procedure') {
      return {
        ...row,
        label: row.name ?? row.key,
        note: row.name ? row.key : undefined,
        to: { procedure: row.key, by: null, level: null, sort: null },
        lists: rowLists(by, row.key, agency),
      };
    }
    const channel = by === 'channel' ? text.channels[row.key] : undefined;
    return { ...row, label: channel ?? row.name ?? row.key, lists: rowLists(by, row.key, agency) };
  }
}
