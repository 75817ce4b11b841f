import type { ReactNode } from 'react';
import type { Report } from '../api.js';
import { thresholdsOf, type Change, type ComparedFigures, type Comparison } from '../comparison.js';
import { USUAL_THRESHOLDS } from '../figures.js';
import { formatDate } from '../format.js';
import type { ListName } from '../list-address.js';
import { usePage } from '../page.js';
import { ChangeOf, useChangeWords } from './change.js';
import { ListLink, RateLinks, withFigures } from './list-link.js';
import { RateLight } from './status.js';
import './comparison.css';

/**
 * The period in one sentence and five numbers, each with n and how it stands against the period before and a year before.
 * Numbers are those of the report and do not wait for the comparison.
 */
export function Summary({ report, comparison }: { report: Report; comparison: Comparison | null }) {
  const { text, count, percent, number } = usePage();
  const { received, resolved, open, carriedOver, reopened, rates } = report.total;
  const target = comparison?.target ?? USUAL_THRESHOLDS.good;
  const thresholds = thresholdsOf(target);
  const short = rates.a.percent === null ? null : Math.round((rates.a.percent - target) * 100) / 100;
  const small = comparison?.total.current.rate.small === true && rates.a.percent !== null;
  const link = (name: ListName, value: number) => <ListLink behind={name} value={value} />;
  const changes = (pick: (change: Change) => number | null, good?: 'more' | 'fewer', points = false) =>
    comparison && <Changes comparison={comparison} pick={pick} good={good} points={points} />;
  return (
    <section className="summary" aria-labelledby="summary-title">
      <h2 id="summary-title" className="unseen">
        {text.comparedTitle}
      </h2>
      <Sentence report={report} comparison={comparison} />
      <div className="kpis">
        <Figure
          lead
          id="rate-a"
          title={text.onTimeRate}
          value={percent(rates.a.percent)}
          light={<RateLight rate={rates.a} thresholds={thresholds} />}
        >
          <p className="n" data-figure="rate-a-n">
            <RateLinks rate={rates.a} words={text.outOf} />
          </p>
          {small && <p className="small-mark">{text.smallN(comparison.ranking.smallBelow)}</p>}
          <p className="target">
            {text.target(percent(target))}
            {short !== null && (
              <> · {short === 0 ? text.targetMet : text.targetShort(number(Math.abs(short), 2), short < 0)}</>
            )}
          </p>
          {changes(({ points }) => points, 'more', true)}
        </Figure>
        <Figure id="received" title={text.received} value={link('tiep-nhan', received.total)}>
          <p className="n">{withFigures(text.withCarriedOver, link('ton-ky-truoc', carriedOver))}</p>
          {changes((change) => change.received)}
        </Figure>
        <Figure id="resolved" title={text.resolved} value={link('da-giai-quyet', resolved.total)}>
          <p className="n">{text.ofToResolve(count(carriedOver + received.total + reopened))}</p>
          {changes((change) => change.resolved)}
        </Figure>
        <Figure id="late" title={text.resolvedLate} value={link('tre-han', resolved.late)}>
          <p className="n">{withFigures(text.ofResolved, link('da-giai-quyet', resolved.total))}</p>
          {changes((change) => change.late, 'fewer')}
        </Figure>
        <Figure id="open-overdue" title={text.openOverdue} value={link('qua-han', open.overdue)}>
          <p className="n">{withFigures(text.ofOpen, link('dang-giai-quyet', open.total))}</p>
          {changes((change) => change.openOverdue, 'fewer')}
        </Figure>
      </div>
      <p className="fine">{text.thresholds(number(thresholds.good), number(thresholds.fair))}</p>
    </section>
  );
}

function Figure({
  id,
  title,
  value,
  light,
  lead = false,
  children,
}: {
  id: string;
  title: string;
  value: ReactNode;
  light?: ReactNode;
  lead?: boolean;
  children: ReactNode;
}) {
  return (
    <article className={lead ? 'card rate lead' : 'card rate'} data-kpi={id}>
      <h3>{title}</h3>
      <p className="figure">
        <span className="value" data-figure={id}>
          {value}
        </span>
        {light}
      </p>
      {children}
    </article>
  );
}

/** Nothing came, went or stood: there is nothing to compare with, which is not the same as no change. */
const isNothing = ({ received, resolved, openOverdue }: ComparedFigures): boolean =>
  received + resolved + openOverdue === 0;

function Changes({
  comparison,
  pick,
  good,
  points,
}: {
  comparison: Comparison;
  pick: (change: Change) => number | null;
  good: 'more' | 'fewer' | undefined;
  points: boolean;
}) {
  const { text } = usePage();
  const nameOf = usePeriodName(comparison);
  // A year and nine months are set against the same one twice.
  const twice = comparison.periods.previous.from === comparison.periods.lastYear.from;
  return (
    <ul className="changes">
      {(twice ? (['previous'] as const) : (['previous', 'lastYear'] as const)).map((period) => {
        const change = pick(comparison.total.change[period]);
        const name = nameOf(period);
        return (
          <li key={period} data-change={period}>
            {change === null || isNothing(comparison.total[period]) ? (
              text.noComparison(name)
            ) : (
              <>
                <ChangeOf change={change} points={points} good={good} /> {text.versus(name)}
              </>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function usePeriodName(comparison: Comparison): (period: keyof Comparison['periods']) => string {
  const { text } = usePage();
  return (period) => {
    const { from, to } = comparison.periods[period];
    return text.periodName(comparison.periodKind, formatDate(from), formatDate(to));
  };
}

function Sentence({ report, comparison }: { report: Report; comparison: Comparison | null }) {
  const { text } = usePage();
  const { from, to } = report;
  return comparison ? (
    <ComparedSentence report={report} comparison={comparison} />
  ) : (
    <SentenceText report={report} period={text.periodName('days', formatDate(from), formatDate(to))} />
  );
}

function ComparedSentence({ report, comparison }: { report: Report; comparison: Comparison }) {
  const { text } = usePage();
  const words = useChangeWords();
  const nameOf = usePeriodName(comparison);
  const { change, previous } = comparison.total;
  const before = nameOf('previous');
  return (
    <SentenceText
      report={report}
      period={nameOf('current')}
      change={
        isNothing(previous)
          ? text.summaryNoBefore(before)
          : text.summaryChange(words(change.previous.late), before)
      }
      after={comparison.periods.current.complete ? undefined : text.unfinished}
    />
  );
}

function SentenceText({
  report,
  period,
  change = '',
  after,
}: {
  report: Report;
  period: string;
  change?: string;
  after?: string | undefined;
}) {
  const { text, percent } = usePage();
  const { resolved, rates } = report.total;
  return (
    <p className="sentence" data-sentence>
      {resolved.total === 0
        ? text.summaryNothing(period)
        : withFigures(
            (all: string, late: string) => text.summary(period, all, percent(rates.a.percent), late) + change,
            <ListLink behind="da-giai-quyet" value={resolved.total} inWords />,
            <ListLink behind="tre-han" value={resolved.late} inWords />,
          )}
      .{after !== undefined && <small> {after}</small>}
    </p>
  );
}
