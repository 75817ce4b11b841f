import { memo, useDeferredValue, useMemo, useRef } from 'react';
import { levelsOf, type AgencyTree } from '../agencies.js';
import { reportPath, useResource, type Report } from '../api.js';
import { serverNow } from '../clock.js';
import { comparisonPath, thresholdsOf, type Comparison } from '../comparison.js';
import { isEmpty, USUAL_THRESHOLDS, type Row } from '../figures.js';
import { formatDate, formatInstant, parseInstant } from '../format.js';
import type { Live } from '../live.js';
import { useAgencies, useProcedures } from '../names.js';
import { Link, usePage } from '../page.js';
import { Ageing } from '../parts/ageing.js';
import { Breadcrumb } from '../parts/breadcrumb.js';
import { Breakdown, type BreakdownScope } from '../parts/breakdown.js';
import { Durations } from '../parts/durations.js';
import { Funnel } from '../parts/funnel.js';
import { ProcedureFilter } from '../parts/filter-note.js';
import { Formulas } from '../parts/formulas.js';
import { Headline } from '../parts/headline.js';
import { rowLists } from '../parts/list-link.js';
import { LivePanel } from '../parts/live-panel.js';
import { Failure, Loading, Stale } from '../parts/notice.js';
import { OrganisationNotes } from '../parts/organisation-notes.js';
import { PeriodPicker } from '../parts/period-picker.js';
import { Ranking } from '../parts/ranking.js';
import { Summary } from '../parts/summary.js';
import { Trend } from '../parts/trend.js';
import { civilDateOf, contains, periodOf, type Period } from '../period.js';
import { useTitle } from '../title.js';

export function OverviewView({ live }: { live: Live }) {
  const { address, text } = usePage();
  const { tree, error, retry } = useAgencies(live.refresh);
  const today = civilDateOf(serverNow());
  const period = useMemo(
    () => (typeof address.period === 'string' ? periodOf(address.period, serverNow()) : address.period),
    // A named period is another one tomorrow.
    [address.period, today],
  );
  return (
    <>
      <PeriodPicker period={period} today={today} />
      {tree !== null ? (
        <Scoped live={live} tree={tree} period={period} today={today} />
      ) : error !== null ? (
        <>
          <h1 tabIndex={-1}>{text.overview}</h1>
          <Failure error={error} retry={retry} />
        </>
      ) : (
        <>
          <h1 tabIndex={-1}>{text.overview}</h1>
          <Loading tall />
        </>
      )}
    </>
  );
}

/**
 * A system with one root (one province) starts inside it: its own row alone would say nothing. By the tree of now those
 * that have ended are none.
 */
export function scopeOf(
  tree: AgencyTree,
  chosen: string | null,
  livingOn: string | null = null,
): string | null {
  const roots = tree.children(null).filter(({ validTo }) => !livingOn || !validTo || validTo >= livingOn);
  return chosen ?? (roots.length === 1 ? (roots[0]?.id ?? null) : null);
}

function Scoped({
  live,
  tree,
  period,
  today,
}: {
  live: Live;
  tree: AgencyTree;
  period: Period;
  today: string;
}) {
  const { address, text } = usePage();
  const procedures = useProcedures();
  const agency = scopeOf(tree, address.agency, address.tree === 'current' ? today : null);
  const known = agency === null ? null : tree.get(agency);
  const levels = useMemo(() => levelsOf(tree, agency), [tree, agency]);
  const level = levels.find((one) => one.kind === address.level) ?? null;
  const by =
    address.by !== null && (address.by !== 'agency' || levels.length > 0)
      ? address.by
      : levels.length > 0
        ? 'agency'
        : address.procedure === null
          ? 'procedure'
          : 'channel';
  const flat = by === 'agency' && level !== null && !level.direct;
  const current = contains(period, today);
  const refresh = current ? live.refresh : 0;
  const { procedure, tree: treeMode } = address;
  const asked = { ...period, by, agency, procedure, flat, tree: treeMode };
  const unknown = agency !== null && known === null;
  const report = useResource<Report>(unknown ? null : reportPath(asked), refresh);
  const compared = useResource<Comparison>(
    unknown ? null : comparisonPath({ ...asked, kind: by === 'agency' ? (level?.kind ?? null) : null }),
    refresh,
  );
  // Choosing another breakdown asks anew, but the headline is of the same dossiers and stays.
  const scope = `${period.from} ${period.to} ${agency} ${procedure} ${treeMode}`;
  const headline = useLast(scope, report.data);
  const comparison = useLast(scope, compared.data);

  const target = comparison?.target;
  const breakdown = useMemo(
    (): BreakdownScope => ({
      ...{ tree, agency, levels, level, by },
      thresholds: target === undefined ? USUAL_THRESHOLDS : thresholdsOf(target),
    }),
    [tree, agency, levels, level, by, target],
  );
  // What stands further down follows once the figures above it are on the screen.
  const above = useAfter(scope, headline !== null);

  const name = known?.name ?? text.allAgencies;
  const bounds = text.bounds(formatDate(period.from), formatDate(period.to));
  const procedureName = procedure === null ? null : (procedures.get(procedure)?.name ?? procedure);
  useTitle(`${procedureName === null ? '' : `${procedureName} · `}${name} · ${bounds}`);

  if (tree.size === 0) {
    return (
      <section className="card notice">
        <h1 tabIndex={-1}>{text.emptyTitle}</h1>
        <p>{text.emptyCatalogue}</p>
      </section>
    );
  }
  if (unknown) {
    return (
      <section className="card notice">
        <h1 tabIndex={-1}>{text.unknownAgency(agency)}</h1>
        <p>
          <Link to={{ agency: null, level: null, by: null }}>{text.toAll}</Link>
        </p>
      </section>
    );
  }
  const asOf = parseInstant(headline?.asOf);
  const stale = report.error !== null && headline !== null;
  return (
    <>
      <Breadcrumb tree={tree} scope={agency} level={level?.kind ?? null} procedureName={procedureName} />
      <div className="page-title">
        <h1 tabIndex={-1} lang={known ? 'vi' : undefined}>
          {name}
        </h1>
        <p className="bounds">
          <strong>{bounds}</strong> <span>{asOf === null ? '' : text.asOf(formatInstant(asOf))}</span>
        </p>
      </div>
      <p className="print-only fine">{text.boundsNote(formatDate(period.from), formatDate(period.to))}</p>
      {procedureName !== null && <ProcedureFilter name={procedureName} />}
      {stale && asOf !== null && <Stale at={formatInstant(asOf)} retry={report.retry} />}
      {headline !== null ? (
        isEmpty(headline.total) ? (
          <EmptyPeriod bounds={bounds} />
        ) : (
          <>
            <OrganisationNotes notes={comparison?.notes ?? []} />
            <Summary report={headline} comparison={comparison} />
            <Headline report={headline} />
            <Formulas report={headline} />
          </>
        )
      ) : report.error !== null ? (
        <Failure error={report.error} retry={report.retry} />
      ) : (
        <Loading tall />
      )}
      <div className="beside">
        <Trend period={period} agency={agency} procedure={procedure} tree={treeMode} refresh={refresh} />
        <LivePanel live={live} tree={tree} />
      </div>
      <Further
        scope={breakdown}
        scopeKey={scope}
        flat={flat}
        {...{ period, today, refresh }}
        total={above ? (headline?.total ?? null) : null}
        report={above ? report.data : null}
        comparison={above ? compared.data : null}
        failed={headline === null && report.error !== null}
      />
    </>
  );
}

/**
 * Who stands where, how old what is open is, and the breakdown: by far the most of the page, so it is drawn anew only
 * when its own figures change, not with every second of what is live.
 */
const Further = memo(function Further({
  scope,
  scopeKey,
  flat,
  period,
  today,
  refresh,
  total,
  report,
  comparison,
  failed,
}: {
  scope: BreakdownScope;
  /** Another one is of other dossiers. */
  scopeKey: string;
  flat: boolean;
  period: Period;
  today: string;
  refresh: number;
  total: Row | null;
  report: Report | null;
  comparison: Comparison | null;
  /** There are no figures, and why is said above. */
  failed: boolean;
}) {
  const { address, text } = usePage();
  const { procedure } = address;
  const { agency, by, level } = scope;
  return (
    <>
      {comparison !== null && comparison.rows.length > 1 && (
        <Ranking
          key={`${scopeKey} ${by} ${level?.kind}`}
          comparison={comparison}
          nameHeading={text.breakdownOf[by]}
          linkOf={({ key }) =>
            by === 'agency' && key !== agency
              ? { agency: key, level: null, by: null }
              : by === 'procedure'
                ? { procedure: key, by: null, level: null, sort: null }
                : undefined
          }
          // Of a level further down each is ranked by its own.
          listsOf={({ key }) => rowLists(by, key, agency, flat)}
        />
      )}
      {total !== null && !isEmpty(total) && (
        <div className="ages">
          <Ageing {...{ period, today, agency, procedure, refresh }} />
          <Funnel total={total} />
          <Durations {...{ period, agency, procedure, refresh }} />
        </div>
      )}
      {!failed && <Breakdown scope={scope} report={report} />}
    </>
  );
});

function EmptyPeriod({ bounds }: { bounds: string }) {
  const { address, text } = usePage();
  return (
    <section className="card notice empty-period">
      <h2>{text.emptyTitle}</h2>
      <p>{text.emptyPeriod(bounds)}</p>
      {address.period !== 'nam-2018' && (
        <p className="screen-only">
          <Link to={{ period: 'nam-2018' }}>{text.tryYear}</Link>
        </p>
      )}
    </section>
  );
}

/**
 * False until the picture in which what a key stands for was ready has been drawn. What is ready from the beginning
 * waits for nothing: the browser looks for the place to which "back" leads at once.
 */
function useAfter(key: string, ready: boolean): boolean {
  const begun = useRef<{ key: string; ready: boolean } | null>(null);
  const last = useRef<string | null>(null);
  if (begun.current?.key !== key) begun.current = { key, ready };
  if (ready) last.current = key;
  const drawn = useDeferredValue(last.current) === key;
  return ready && (drawn || begun.current.ready);
}

/** The value, or while there is none the last one that belonged to the same key. */
function useLast<T>(key: string, value: T | null): T | null {
  const last = useRef<{ key: string; value: T } | null>(null);
  if (value !== null) last.current = { key, value };
  return last.current?.key === key ? last.current.value : null;
}
