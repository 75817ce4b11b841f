import type { ReactNode } from 'react';
import type { Report } from '../api.js';
import { formatMinute, parseInstant } from '../format.js';
import type { ListName } from '../list-address.js';
import { usePage } from '../page.js';
import { ListLink } from './list-link.js';

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
          <Line name={text.carriedOver} list="ton-ky-truoc" value={total.carriedOver} />
          <Line name={text.received} list="tiep-nhan" value={received.total} />
          <Line
            name={text.channels.counter ?? ''}
            list="tiep-nhan"
            channel="counter"
            value={received.counter}
            part
          />
          <Line
            name={text.channels.online ?? ''}
            list="tiep-nhan"
            channel="online"
            value={received.online}
            part
          />
          <Line name={text.channels.post ?? ''} list="tiep-nhan" channel="post" value={received.post} part />
          <Line name={text.reopened} list="mo-lai" value={total.reopened} />
        </Block>
        <span className="operator" aria-hidden="true">
          =
        </span>
        <Block
          title={text.resolved}
          list="da-giai-quyet"
          total={resolved.total}
          bar={[
            ['early', resolved.early],
            ['on-time', resolved.onTime],
            ['late', resolved.late],
            ['no-due-date', resolved.noDueDate],
          ]}
        >
          <Line name={text.early} list="som-han" value={resolved.early} mark="early" />
          <Line name={text.onTime} list="dung-han" value={resolved.onTime} mark="on-time" />
          <Line name={text.late} list="tre-han" value={resolved.late} mark="late" warn />
          <Line
            name={text.noDueDate}
            list="xong-khong-han"
            value={resolved.noDueDate}
            mark="no-due-date"
            optional
          />
        </Block>
        <span className="operator" aria-hidden="true">
          +
        </span>
        <Block
          title={text.open}
          list="dang-giai-quyet"
          note={countedAt === null ? undefined : text.openAt(formatMinute(countedAt))}
          total={open.total}
          bar={[
            ['in-time', open.inTime],
            ['overdue', open.overdue],
            ['paused', open.paused],
            ['no-due-date', open.noDueDate],
          ]}
        >
          <Line name={text.inTime} list="trong-han" value={open.inTime} mark="in-time" />
          <Line name={text.overdue} list="qua-han" value={open.overdue} mark="overdue" warn />
          <Line name={text.paused} list="tam-dung" value={open.paused} mark="paused" />
          <Line name={text.pausedPastDue} list="tam-dung-qua-han" value={open.pausedPastDue} part warn />
          <Line name={text.noDueDate} list="khong-han" value={open.noDueDate} mark="no-due-date" optional />
        </Block>
        <span className="operator" aria-hidden="true">
          +
        </span>
        <Block title={text.closedOtherwise} list="ket-thuc-khac" total={closedOtherwise.total}>
          <Line name={text.closedRefused} list="tu-choi" value={closedOtherwise.refused} />
          <Line name={text.closedWithdrawn} list="cong-dan-rut" value={closedOtherwise.withdrawn} />
          <Line name={text.closedStopped} list="dung-xu-ly" value={closedOtherwise.stopped} />
          <Line name={text.refused} list="tu-choi-tiep-nhan" value={total.refused} apart />
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
  list,
  children,
}: {
  title: string;
  note?: string | undefined;
  total: number;
  bar?: [string, number][];
  /** the list behind the total, where there is one */
  list?: ListName;
  children: ReactNode;
}) {
  const { count } = usePage();
  const parts = (bar ?? []).filter(([, value]) => value > 0);
  return (
    <section className="card block">
      <h2>{title}</h2>
      <p className="figure">
        {list === undefined ? count(total) : <ListLink behind={list} value={total} />}{' '}
        {note !== undefined && <small>{note}</small>}
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
  list,
  channel,
}: {
  name: string;
  value: number;
  /** the list behind the figure */
  list: ListName;
  channel?: string;
  /** a share of the line above, not a summand of its own */
  part?: boolean;
  mark?: string;
  warn?: boolean;
  /** left out when zero */
  optional?: boolean;
  /** not part of the block's total */
  apart?: boolean;
}) {
  if (optional && value === 0) return null;
  const style = [part && 'part', warn && value > 0 && 'warn', apart && 'apart'].filter(Boolean).join(' ');
  return (
    <div className={style || undefined}>
      <dt>
        {mark !== undefined && <i className={`mark ${mark}`} aria-hidden="true" />}
        {name}
      </dt>
      <dd>
        <ListLink
          behind={list}
          value={value}
          target={channel === undefined ? {} : { parts: { channel } }}
          of={channel && name}
        />
      </dd>
    </div>
  );
}
