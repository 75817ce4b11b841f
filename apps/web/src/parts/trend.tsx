import { useMemo, type ReactNode } from 'react';
import type { Tree } from '../address.js';
import { reportPath, useResource, type Report } from '../api.js';
import type { KeyedRow } from '../figures.js';
import { formatDate, formatMonth } from '../format.js';
import { monthParts, type ListName } from '../list-address.js';
import { usePage } from '../page.js';
import { monthWithin, trendOf, type Period } from '../period.js';
import { ListLink, withFigures, type ListTarget } from './list-link.js';
import { Loading } from './notice.js';
import { NoteList } from './organisation-notes.js';
import { TrendChart } from './trend-chart.js';

/** Months as a picture, as one sentence and as a table: whoever cannot see the first has the others. */
export function Trend({
  period,
  agency,
  procedure,
  tree,
  refresh,
}: {
  period: Period;
  agency: string | null;
  procedure: string | null;
  tree: Tree;
  refresh: number;
}) {
  const { text } = usePage();
  const span = trendOf(period);
  const { data, error } = useResource<Report>(
    reportPath({ ...span, by: 'month', agency, procedure, tree }),
    refresh,
  );
  const months = data?.rows ?? [];
  const notes = data?.notes ?? [];
  const marked = useMemo(() => (data?.notes ?? []).map(({ on }) => on.slice(0, 7)), [data]);
  const sentence = useSentence(months, data, span);
  const targetOf = (key: string): ListTarget => {
    const month = monthWithin(span, key);
    return { to: { period: month }, parts: monthParts(month, span, notes) };
  };
  return (
    <section className="card trend" aria-labelledby="trend-title">
      <h2 id="trend-title">
        {text.trend} <small>{text.trendBounds(formatDate(span.from), formatDate(span.to))}</small>
      </h2>
      {data === null ? (
        <Loading tall>{error ? text.error : undefined}</Loading>
      ) : (
        <figure>
          <Legend />
          <div className="chart">
            <TrendChart months={months} marked={marked} targetOf={targetOf} describedBy="trend-sentence" />
          </div>
          <figcaption id="trend-sentence">{sentence}</figcaption>
          {notes.length > 0 && (
            <div className="annotations">
              <h3>{text.trendNotes}</h3>
              <NoteList notes={notes} />
            </div>
          )}
          {months.length > 0 && (
            <details>
              <summary>{text.trendTable}</summary>
              <MonthTable months={months} targetOf={targetOf} />
            </details>
          )}
        </figure>
      )}
    </section>
  );
}

/** In the page's own words and marks: it wraps, prints and is read out like everything else. */
function Legend() {
  const { text } = usePage();
  return (
    <ul className="legend">
      <li>
        <i className="mark early" aria-hidden="true" />
        {text.early}
      </li>
      <li>
        <i className="mark on-time" aria-hidden="true" />
        {text.onTime}
      </li>
      <li>
        <i className="mark late" aria-hidden="true" />
        {text.late}
      </li>
      <li>
        <i className="mark line" aria-hidden="true" />
        {text.rateShort}
      </li>
    </ul>
  );
}

function useSentence(months: readonly KeyedRow[], report: Report | null, span: Period): ReactNode {
  const { text, percent } = usePage();
  if (report === null) return '';
  const { resolved, rates } = report.total;
  if (resolved.total === 0) return text.trendEmpty;
  const rated = months.filter((month) => month.rates.a.percent !== null);
  const worst = rated.reduce<KeyedRow | null>(
    (low, month) => (low === null || (month.rates.a.percent ?? 0) < (low.rates.a.percent ?? 0) ? month : low),
    null,
  );
  const worstWords =
    worst !== null && rated.length > 1 && worst.rates.a.percent !== 100
      ? text.trendWorst(formatMonth(worst.key), percent(worst.rates.a.percent))
      : '';
  return withFigures(
    (all: string) => text.trendSentence(all, percent(rates.a.percent), worstWords),
    <ListLink behind="da-giai-quyet" value={resolved.total} target={{ to: { period: span } }} inWords />,
  );
}

/** Each number opens the list behind it, of its month. */
function MonthTable({
  months,
  targetOf,
}: {
  months: readonly KeyedRow[];
  targetOf: (month: string) => ListTarget;
}) {
  const { text, percent } = usePage();
  const cell = (month: KeyedRow, name: ListName, value: number) => (
    <ListLink behind={name} value={value} of={formatMonth(month.key)} target={targetOf(month.key)} />
  );
  return (
    <div className="table-scroll" role="region" aria-label={text.trendTable} tabIndex={0}>
      <table className="figures plain">
        <caption className="unseen">{text.trendTable}</caption>
        <thead>
          <tr>
            <th scope="col">{text.month}</th>
            <th scope="col">{text.received}</th>
            <th scope="col">{text.resolved}</th>
            <th scope="col">{text.early}</th>
            <th scope="col">{text.onTime}</th>
            <th scope="col">{text.late}</th>
            <th scope="col">{text.noDueDate}</th>
            <th scope="col">{text.rateShort}</th>
          </tr>
        </thead>
        <tbody>
          {months.map((month) => (
            <tr key={month.key}>
              <th scope="row">{formatMonth(month.key)}</th>
              <td>{cell(month, 'tiep-nhan', month.received.total)}</td>
              <td>{cell(month, 'da-giai-quyet', month.resolved.total)}</td>
              <td>{cell(month, 'som-han', month.resolved.early)}</td>
              <td>{cell(month, 'dung-han', month.resolved.onTime)}</td>
              <td className={month.resolved.late > 0 ? 'warn' : 'zero'}>
                {cell(month, 'tre-han', month.resolved.late)}
              </td>
              <td>{cell(month, 'xong-khong-han', month.resolved.noDueDate)}</td>
              <td>{percent(month.rates.a.percent)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
