import { useState } from 'react';
import type { Address } from '../address.js';
import { axisStart, ends, thresholdsOf, type Comparison, type RankedRow } from '../comparison.js';
import { Link, usePage } from '../page.js';
import { ChangeOf } from './change.js';
import { ListLink, withFigures, type ListTarget } from './list-link.js';
import { RateLight } from './status.js';
import './comparison.css';

const AT_EACH_END = 5;

/** Who stands where, with how sure that is. The table is the chart: each line draws its interval and says it. */
export function Ranking({
  comparison,
  nameHeading,
  linkOf,
  listsOf,
}: {
  comparison: Comparison;
  nameHeading: string;
  /** Where a name leads; undefined: nowhere. */
  linkOf: (row: RankedRow) => Partial<Address> | undefined;
  /** Whose dossiers a rate is of. */
  listsOf: (row: RankedRow) => ListTarget;
}) {
  const { text, count } = usePage();
  const [all, setAll] = useState(false);
  const { rows } = comparison;
  const { smallBelow } = comparison.ranking;
  const ranked = rows.filter((row) => row.rank !== null);
  const unranked = rows.filter((row) => row.rank === null);
  const [best, worst] = [ranked[0], ranked.at(-1)];
  const { first, between, last } = all ? { first: ranked, between: 0, last: [] } : ends(ranked, AT_EACH_END);
  const from = axisStart(ranked);
  const name = (row: RankedRow) => {
    const to = linkOf(row);
    return <span lang="vi">{to ? <Link to={to}>{row.name}</Link> : row.name}</span>;
  };
  const rated = (row: RankedRow) => (
    <ListLink behind="xong-co-han" value={row.current.rate.denominator} of={row.name} target={listsOf(row)} />
  );
  const line = (row: RankedRow) => (
    <Line key={row.key} row={row} n={rated(row)} from={from} target={comparison.target}>
      {name(row)}
    </Line>
  );
  return (
    <section className="card ranking" aria-labelledby="ranking-title">
      <h2 id="ranking-title">{text.ranking}</h2>
      <p className="fine">{text.rankingHow(smallBelow)}</p>
      {best === undefined || worst === undefined || ranked.length < 2 ? (
        <p className="empty">{text.rankingNone(smallBelow)}</p>
      ) : (
        <>
          <p className="ranking-sentence">
            {text.rankingSentence(count(ranked.length), best.name, worst.name)}
          </p>
          <div
            className="table-scroll"
            role="region"
            aria-label={`${text.ranking}: ${text.tableScroll}`}
            tabIndex={0}
          >
            <table className="plain ranked">
              <caption className="unseen">{text.ranking}</caption>
              <thead>
                <tr>
                  <th scope="col">{text.rank}</th>
                  <th scope="col">{nameHeading}</th>
                  <th scope="col">{text.value}</th>
                  <th scope="col">{text.ofN}</th>
                  <th scope="col" className="drawn">
                    {text.interval(from, 100)}
                  </th>
                  <th scope="col">{text.rateChange}</th>
                  <th scope="col">{text.movement}</th>
                </tr>
              </thead>
              <tbody>
                {first.map(line)}
                {between > 0 && (
                  <tr className="left-out">
                    <td colSpan={7}>{text.between(count(between))}</td>
                  </tr>
                )}
                {last.map(line)}
              </tbody>
            </table>
          </div>
          {between > 0 && (
            <button type="button" className="screen-only more" onClick={() => setAll(true)}>
              {text.showRanking(count(ranked.length))}
            </button>
          )}
        </>
      )}
      {unranked.length > 0 && (
        <details>
          <summary>{text.unranked(count(unranked.length))}</summary>
          <ul className="unranked">
            {unranked.map((row) => (
              <li key={row.key} data-key={row.key}>
                {name(row)}:{' '}
                {row.unranked === 'small'
                  ? withFigures(text.unrankedWhy.small, rated(row))
                  : text.unrankedWhy.none}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Line({
  row,
  n,
  from,
  target,
  children,
}: {
  row: RankedRow;
  /** Of how many. */
  n: React.ReactNode;
  from: number;
  target: number;
  children: React.ReactNode;
}) {
  const { text, count, percent } = usePage();
  const { rate, interval } = row.current;
  const { points } = row.change.previous;
  const at = (value: number): string => `${((value - from) / (100 - from)) * 100}%`;
  return (
    <tr data-rank={row.rank} data-key={row.key}>
      <td className="place">{row.rank === null ? '' : count(row.rank)}</td>
      <th scope="row">{children}</th>
      <td className="rate-cell">
        <span className="rate-value">{percent(rate.percent)}</span>{' '}
        <RateLight rate={rate} thresholds={thresholdsOf(target)} terse />
      </td>
      <td>{n}</td>
      <td className="drawn">
        {interval && (
          <>
            <span className="interval" aria-hidden="true">
              <i className="goal" style={{ left: at(Math.max(from, target)) }} />
              <i
                className="reach"
                style={{ left: at(interval.low), width: `calc(${at(interval.high)} - ${at(interval.low)})` }}
              />
              <i className="dot" style={{ left: at(rate.percent ?? 0) }} />
            </span>
            <span className="small-n">{text.intervalOf(percent(interval.low), percent(interval.high))}</span>
          </>
        )}
      </td>
      <td>{points === null ? '—' : <ChangeOf change={points} points good="more" />}</td>
      <td>
        <Movement movement={row.movement} />
      </td>
    </tr>
  );
}

function Movement({ movement }: { movement: number | null }) {
  const { text, count } = usePage();
  if (movement === null) return <span className="small-n">{text.movedNew}</span>;
  if (movement === 0) return <span className="change calm">= {text.movedNot}</span>;
  const places = count(Math.abs(movement));
  return (
    <span className={`change ${movement > 0 ? 'good' : 'poor'}`}>
      <span aria-hidden="true">{movement > 0 ? '▲' : '▼'}</span>{' '}
      {movement > 0 ? text.movedUp(places) : text.movedDown(places)}
    </span>
  );
}
