import { useState } from 'react';
import { ApiError, getJson, useResource } from '../api.js';
import { shortType } from '../dossier-story.js';
import { formatMinute, formatInstant, parseInstant } from '../format.js';
import {
  type ChangedDossier,
  type Differences,
  isForm,
  type IssuedReport,
  type RestatementsPage,
  type Verification,
} from '../issued-api.js';
import { useAgencies, useProcedures } from '../names.js';
import { usePage } from '../page.js';
import { reportLists, scopeOfQuestion } from '../report-lists.js';
import { figureWords } from '../report-words.js';
import { DossierLink } from './dossier-link.js';
import { Icon } from './icon.js';
import { ListLink } from './list-link.js';
import { Failure, Loading } from './notice.js';
import './reports.css';

interface Found {
  verification: Verification;
  issued: IssuedReport;
}

/** What verifying has found, in words, colour and shape. */
export function Verified({ verification, issued }: Found) {
  const { text, count } = usePage();
  const { stored, recomputed, organisation, since, verifiedAt } = verification;
  const holds = stored.matches && recomputed.matches;
  return (
    <>
      <div role="status" data-verified={holds ? (since.restated ? 'restated' : 'good') : 'bad'}>
        <p className={`light ${holds ? 'good' : 'poor'}`}>
          <Icon name={holds ? 'good' : 'poor'} />
          {!stored.matches
            ? text.storedBad
            : recomputed.matches
              ? text.verifiedGood
              : text.verifiedBad(count(recomputed.differences.count))}
        </p>
        {holds && (
          <p className={`light ${since.restated ? 'fair' : 'good'}`}>
            <Icon name={since.restated ? 'fair' : 'good'} />
            {since.restated ? text.restated(count(since.differences.count)) : text.notRestated}
          </p>
        )}
        <p className="fine">{text.verifiedAt(formatInstant(parseInstant(verifiedAt) ?? 0))}</p>
      </div>
      {!organisation.matches && (
        <p className="fine">
          {organisation.unanswerable === null
            ? text.organisationOther(count(organisation.differences.count))
            : text.organisationGone}
        </p>
      )}
      {!recomputed.matches && (
        <DifferenceTable caption={text.verifyTitle} differences={recomputed.differences} issued={issued} />
      )}
    </>
  );
}

/** What is known otherwise since the report was issued: each figure, and why. */
export function RestatedSince({ verification: { since }, issued }: Found) {
  const { text } = usePage();
  return (
    <section className="report-part" aria-labelledby="restated-title">
      <h2 id="restated-title">{text.restatedTable}</h2>
      <DifferenceTable
        caption={text.restatedTable}
        differences={since.differences}
        issued={issued}
        asOf={{ was: issued.asOf, is: null }}
      />
      <Restated href={`${since.restatements}&limit=${CELLS_AT_ONCE}`} />
    </section>
  );
}

const CELLS_AT_ONCE = 20;
const ROWS_AT_FIRST = 12;

function DifferenceTable({
  caption,
  differences,
  issued,
  asOf,
}: {
  caption: string;
  differences: Differences;
  issued: IssuedReport;
  /** When each side was known, for the lists behind it; undefined: they differ for another reason. */
  asOf?: { was: string; is: null };
}) {
  const { text, count, percent } = usePage();
  const [all, setAll] = useState(false);
  const { items } = differences;
  const cut = !all && items.length > ROWS_AT_FIRST * 1.5;
  const { question, report } = issued;
  const shown = (key: string | null, figure: string, value: number | null, knownAt?: string | null) => {
    if (figure.startsWith('rates.')) return percent(value);
    if (knownAt === undefined) return count(value ?? 0);
    const behind = isForm(report)
      ? report.columns.find(({ group, name }) => `${group}.${name}` === figure)?.figures
      : [figure];
    const target = reportLists(scopeOfQuestion(question, report, knownAt), key);
    return <ListLink behind={behind} value={value ?? 0} target={target} />;
  };
  return (
    <>
      <div className="table-scroll" role="region" aria-label={`${caption}: ${text.tableScroll}`} tabIndex={0}>
        <table className="plain restated">
          <caption className="unseen">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{text.figure}</th>
              <th scope="col">{text.wasIssued}</th>
              <th scope="col">{text.isNow}</th>
            </tr>
          </thead>
          <tbody>
            {(cut ? items.slice(0, ROWS_AT_FIRST) : items).map(
              ({ key, name, figure, issued: was, other }) => (
                <tr key={`${key ?? ''} ${figure}`} data-row={key ?? 'total'} data-figure={figure}>
                  <th scope="row">
                    {figureWords(figure, issued.report, text)}
                    <small lang={key === null ? undefined : 'vi'}>
                      {key === null ? text.wholeReport : (name ?? key)}
                    </small>
                  </th>
                  <td>{shown(key, figure, was, asOf?.was)}</td>
                  <td>{shown(key, figure, other, asOf?.is)}</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
      {cut && (
        <button type="button" className="screen-only more" onClick={() => setAll(true)}>
          {text.showAllRows(count(items.length))}
        </button>
      )}
      {cut && (
        <p className="print-only fine">
          {text.differencesCut(count(ROWS_AT_FIRST), count(differences.count))}
        </p>
      )}
      {!cut && items.length < differences.count && (
        <p className="fine">{text.differencesCut(count(items.length), count(differences.count))}</p>
      )}
    </>
  );
}

/** Every figure that changed, with the dossiers that changed it. */
function Restated({ href }: { href: string }) {
  const { text, count } = usePage();
  const { tree } = useAgencies();
  const procedures = useProcedures();
  const { data, error, retry } = useResource<RestatementsPage>(href);
  const [more, setMore] = useState<RestatementsPage | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const items = [...(data?.items ?? []), ...(more?.items ?? [])];
  const next = more === null ? (data?.next ?? null) : more.next;
  const goOn = (): void => {
    setFailure(null);
    getJson<RestatementsPage>(`${href}&cursor=${encodeURIComponent(next ?? '')}`).then(
      (page) => setMore({ items: [...(more?.items ?? []), ...page.items], next: page.next }),
      (reason: unknown) => setFailure(reason instanceof ApiError ? reason : new ApiError(0, String(reason))),
    );
  };
  return (
    <section className="report-part" aria-labelledby="causes-title">
      <h3 id="causes-title">{text.causesTitle}</h3>
      <p className="fine">{text.causesNote}</p>
      {data === null ? (
        error === null ? (
          <Loading />
        ) : (
          <Failure error={error} retry={retry} />
        )
      ) : (
        <ul className="restatements">
          {items.map((cell) => {
            const place = [
              cell.name ?? cell.key,
              cell.agency && (tree?.get(cell.agency)?.name ?? cell.agency),
              cell.procedure && (procedures.get(cell.procedure)?.name ?? cell.procedure),
              cell.channel && (text.channels[cell.channel] ?? cell.channel),
            ].filter(Boolean);
            return (
              <li key={`${place.join(' ')} ${cell.figure}`} data-restated={cell.figure}>
                <p>
                  <strong>{figureWords(cell.figure, null, text)}</strong>{' '}
                  <span lang="vi">{place.join(' · ')}</span>{' '}
                  <span className="movement-of">
                    {count(cell.before)} → {count(cell.after)}
                  </span>
                </p>
                <ul aria-label={text.causedBy}>
                  {cell.dossiers.items.map((dossier) => (
                    <Changed key={`${dossier.source} ${dossier.code}`} dossier={dossier} />
                  ))}
                </ul>
                {cell.dossiers.count > cell.dossiers.items.length && (
                  <a href={cell.dossiers.all} className="fine">
                    {text.allDossiers(count(cell.dossiers.count))} (JSON)
                  </a>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {next !== null && (
        <button type="button" className="screen-only more" onClick={goOn}>
          {text.moreCauses}
        </button>
      )}
      {failure !== null && <Failure error={failure} retry={goOn} />}
    </section>
  );
}

function Changed({ dossier }: { dossier: ChangedDossier }) {
  const { text, count } = usePage();
  const { source, code, difference, cause, events, calendars } = dossier;
  return (
    <li data-code={code} data-cause={cause}>
      <DossierLink source={source} code={code} />{' '}
      <span className="small-n">
        {difference > 0 ? '+' : ''}
        {count(difference)}
      </span>{' '}
      <strong>{text.causes[cause]}</strong>
      {events.map(({ id, type, recordedAt, cause: own }) => (
        <span key={id} className="fine">
          {' '}
          {text.events[shortType(type)] ?? type} ({text.causes[own]}),{' '}
          {text.recordedAt(formatMinute(parseInstant(recordedAt) ?? 0))};
        </span>
      ))}
      {calendars.map(({ version, recordedAt }) => (
        <span key={recordedAt} className="fine">
          {' '}
          {text.calendarMoved(version)}, {text.recordedAt(formatMinute(parseInstant(recordedAt) ?? 0))};
        </span>
      ))}
    </li>
  );
}
