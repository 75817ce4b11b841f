import type { ReactNode } from 'react';
import type { Report } from '../api.js';
import { formatMinute, parseInstant } from '../format.js';
import { usePage } from '../page.js';

/** The figures that the rates are made of, laid out so that they add up. */
export function Headline({ report }: { report: Report }) {
  const { text, count } = usePage();
  const { total, identities } = report;
  const { received, resolved, closedOtherwise, open } = total;
  const toResolve = total.carriedOver + received.total + total.reopened;
  const countedAt = openInstant(report);
  return (
    <section aria-label={text.headline} className="headline">
      {identities.violations.length > 0 && (
        <div className="banner poor" role="alert">
          <p>
            <strong>{text.identitiesBroken(count(identities.violations.length))}</strong>
          </p>
          <ul>
            {identities.violations.map((violation, index) => (
              <li key={index}>
                <code>{typeof violation === 'string' ? violation : JSON.stringify(violation)}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="balance">
        <Block title={text.due} total={toResolve}>
          <Line name={text.carriedOver} value={total.carriedOver} />
          <Line name={text.received} value={received.total} />
          <Line name={text.channels.counter ?? ''} value={received.counter} part />
          <Line name={text.channels.online ?? ''} value={received.online} part />
          <Line name={text.channels.post ?? ''} value={received.post} part />
          <Line name={text.reopened} value={total.reopened} />
        </Block>
        <span className="operator" aria-hidden="true">
          =
        </span>
        <Block
          title={text.resolved}
          total={resolved.total}
          bar={[
            ['early', resolved.early],
            ['on-time', resolved.onTime],
            ['late', resolved.late],
            ['no-due-date', resolved.noDueDate],
          ]}
        >
          <Line name={text.early} value={resolved.early} mark="early" />
          <Line name={text.onTime} value={resolved.onTime} mark="on-time" />
          <Line name={text.late} value={resolved.late} mark="late" warn />
          <Line name={text.noDueDate} value={resolved.noDueDate} mark="no-due-date" optional />
        </Block>
        <span className="operator" aria-hidden="true">
          +
        </span>
        <Block
          title={text.open}
          note={countedAt === null ? undefined : text.openAt(formatMinute(countedAt))}
          total={open.total}
          bar={[
            ['in-time', open.inTime],
            ['overdue', open.overdue],
            ['paused', open.paused],
            ['no-due-date', open.noDueDate],
          ]}
        >
          <Line name={text.inTime} value={open.inTime} mark="in-time" />
          <Line name={text.overdue} value={open.overdue} mark="overdue" warn />
          <Line name={text.paused} value={open.paused} mark="paused" />
          <Line name={text.pausedPastDue} value={open.pausedPastDue} part warn />
          <Line name={text.noDueDate} value={open.noDueDate} mark="no-due-date" optional />
        </Block>
        <span className="operator" aria-hidden="true">
          +
        </span>
        <Block title={text.closedOtherwise} total={closedOtherwise.total}>
          <Line name={text.closedRefused} value={closedOtherwise.refused} />
          <Line name={text.closedWithdrawn} value={closedOtherwise.withdrawn} />
          <Line name={text.closedStopped} value={closedOtherwise.stopped} />
          <Line name={text.refused} value={total.refused} apart />
        </Block>
      </div>
      {identities.violations.length === 0 && <p className="fine holds">{text.identitiesHold}</p>}
    </section>
  );
}

/** Stocks are counted at the last millisecond of the period or now, whichever is earlier. */
function openInstant(report: Report): number | null {
  const asOf = parseInstant(report.asOf);
  const end = parseInstant(`${report.to}T23:59:59.999+07:00`);
  return asOf === null || end === null ? asOf : Math.min(asOf, end);
}

function Block({
  title,
  note,
  total,
  bar,
  children,
}: {
  title: string;
  note?: string | undefined;
  total: number;
  bar?: [string, number][];
  children: ReactNode;
}) {
  const { count } = usePage();
  const parts = (bar ?? []).filter(([, value]) => value > 0);
  return (
    <section className="card block">
      <h2>{title}</h2>
      <p className="figure">
        {count(total)} {note !== undefined && <small>{note}</small>}
      </p>
      {bar && (
        <div className="share" aria-hidden="true">
          {parts.map(([mark, value]) => (
            <i key={mark} className={mark} style={{ flexGrow: value }} />
          ))}
        </div>
      )}
      <dl>{children}</dl>
    </section>
  );
}

function Line({
  name,
  value,
  part = false,
  mark,
  warn = false,
  optional = false,
  apart = false,
}: {
  name: string;
  value: number;
  /** a share of the line above, not a summand of its own */
  part?: boolean;
  mark?: string;
  warn?: boolean;
  /** left out when zero */
  optional?: boolean;
  /** not part of the block's total */
  apart?: boolean;
}) {
  const { count } = usePage();
  if (optional && value === 0) return null;
  const style = [part && 'part', warn && value > 0 && 'warn', apart && 'apart'].filter(Boolean).join(' ');
  return (
    <div className={style || undefined}>
      <dt>
        {mark !== undefined && <i className={`mark ${mark}`} aria-hidden="true" />}
        {name}
      </dt>
      <dd>{count(value)}</dd>
    </div>
  );
}
