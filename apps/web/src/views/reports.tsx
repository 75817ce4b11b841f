import { useRef, useState } from 'react';
import { ApiError, getJson, useResource } from '../api.js';
import { serverNow } from '../clock.js';
import { type Compose, questionOf } from '../compose.js';
import { formatInstant, formatMinute, parseInstant } from '../format.js';
import {
  type AnyReport,
  ISSUED_PATH,
  isForm,
  type IssuedPage,
  type IssuedReport,
  livePath,
  newKey,
  postJson,
} from '../issued-api.js';
import { useAgencies } from '../names.js';
import { Link, usePage } from '../page.js';
import { ComposeForm } from '../parts/compose-form.js';
import { Downloads } from '../parts/downloads.js';
import { Failure, Loading } from '../parts/notice.js';
import { ReportTable } from '../parts/report-table.js';
import { civilDateOf, periodOf } from '../period.js';
import { scopeOfQuestion } from '../report-lists.js';
import { boundsWords } from '../report-words.js';
import { useTitle } from '../title.js';

/** What one most likely signs next: the month that was closed last. */
function usualReport(today: string): Compose {
  const closed = Number(today.slice(8)) >= 15 ? today.slice(0, 7) : monthBefore(today);
  return { kind: 'timeliness', name: closed, bounds: 'reporting', formula: 'a' };
}
const monthBefore = (today: string): string => {
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  return month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, '0')}`;
};

/** Put together, preview, issue; and what was issued. */
export function ReportsView() {
  const { address, text } = usePage();
  const { tree, error, retry } = useAgencies();
  useTitle(text.reports);
  const today = civilDateOf(serverNow());
  const period = typeof address.period === 'string' ? periodOf(address.period, serverNow()) : address.period;
  const { compose } = address;
  return (
    <>
      <h1 tabIndex={-1}>{text.reports}</h1>
      <section className="report-part" aria-labelledby="compose-title">
        <h2 id="compose-title" className="screen-only">
          {text.composeTitle}
        </h2>
        {tree !== null ? (
          <ComposeForm compose={compose ?? usualReport(today)} {...{ period, tree, today }} />
        ) : error !== null ? (
          <Failure error={error} retry={retry} />
        ) : (
          <Loading />
        )}
        {compose !== null && (
          <Preview
            key={JSON.stringify([compose, period, address.agency, address.by])}
            compose={compose}
            question={questionOf(compose, period, address.agency, address.by)}
          />
        )}
      </section>
      <IssuedList />
    </>
  );
}

function Preview({ compose, question }: { compose: Compose; question: Record<string, string> }) {
  const { text } = usePage();
  const { data, error, retry } = useResource<AnyReport>(livePath(compose.kind, question));
  if (data === null) return error === null ? <Loading tall /> : <Failure error={error} retry={retry} />;
  const asOf = formatInstant(parseInstant(data.asOf) ?? serverNow());
  const isNothing = isForm(data) ? data.total.received.total === 0 : data.rows.length === 0;
  return (
    <section className="report-part preview" aria-labelledby="preview-title">
      <div className="page-title">
        <h2 id="preview-title">{text.previewTitle}</h2>
        <p className="bounds">
          <strong>{boundsWords(data, text)}</strong> <span>{text.asOf(asOf)}</span>
        </p>
      </div>
      {isNothing && <p className="fine">{text.reportEmpty}</p>}
      <ReportTable report={data} formula={compose.formula} scope={scopeOfQuestion(question, data, null)} />
      <Downloads kind={compose.kind} question={{ ...question, asOf: data.asOf }} />
      {data.identities.violations.length > 0 ? (
        <p className="banner poor">{text.identitiesBlock}</p>
      ) : (
        <Issue compose={compose} question={question} asOf={data.asOf} />
      )}
    </section>
  );
}

/** Issues what is previewed, as of the very same instant. One key for all attempts: a retry issues nothing twice. */
function Issue({
  compose,
  question,
  asOf,
}: {
  compose: Compose;
  question: Record<string, string>;
  asOf: string;
}) {
  const { go, text } = usePage();
  const key = useRef(newKey());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const issue = (): void => {
    setBusy(true);
    setError(null);
    const { kind, formula } = compose;
    const body = { kind, ...question, asOf, ...(kind === 'timeliness' && { formula }) };
    postJson<IssuedReport>(ISSUED_PATH, body, { 'idempotency-key': key.current }).then(
      ({ number }) => go({ view: { kind: 'reports', number }, compose: null }),
      (failure: unknown) => {
        setBusy(false);
        setError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)));
      },
    );
  };
  return (
    <div className="issue screen-only">
      <button type="button" className="primary" onClick={issue} disabled={busy}>
        {busy ? text.issuing : text.issue}
      </button>
      <p className="fine">{text.issueNote(formatInstant(parseInstant(asOf) ?? serverNow()))}</p>
      {error !== null && <Failure error={error} retry={issue} />}
    </div>
  );
}

function IssuedList() {
  const { text } = usePage();
  const { tree } = useAgencies();
  const { data, error, retry } = useResource<IssuedPage>(ISSUED_PATH);
  const [more, setMore] = useState<IssuedPage | null>(null);
  const items = [...(data?.items ?? []), ...(more?.items ?? [])];
  const next = more === null ? (data?.next ?? null) : more.next;
  const [failure, setFailure] = useState<ApiError | null>(null);
  const goOn = (): void => {
    setFailure(null);
    getJson<IssuedPage>(`${ISSUED_PATH}?cursor=${encodeURIComponent(next ?? '')}`).then(
      (page) => setMore({ items: [...(more?.items ?? []), ...page.items], next: page.next }),
      (reason: unknown) => setFailure(reason instanceof ApiError ? reason : new ApiError(0, String(reason))),
    );
  };
  return (
    <section className="report-part" aria-labelledby="issued-title">
      <h2 id="issued-title">{text.issuedTitle}</h2>
      {data === null ? (
        error === null ? (
          <Loading />
        ) : (
          <Failure error={error} retry={retry} />
        )
      ) : items.length === 0 ? (
        <p className="empty">{text.issuedNone}</p>
      ) : (
        <div className="table-scroll" role="region" aria-label={text.issuedTable} tabIndex={0}>
          <table className="dossiers issued-list">
            <caption className="unseen">{text.issuedTable}</caption>
            <thead>
              <tr>
                <th scope="col">{text.reportNumber}</th>
                <th scope="col">{text.reportKind}</th>
                <th scope="col">{text.reportPeriod}</th>
                <th scope="col">{text.agency}</th>
                <th scope="col">{text.issuedAt}</th>
                <th scope="col">{text.reportState}</th>
              </tr>
            </thead>
            <tbody>
              {items.map(({ number, kind, question, issuedAt, withdrawn }) => (
                <tr key={number} data-number={number}>
                  <th scope="row">
                    <Link to={{ view: { kind: 'reports', number }, compose: null }}>{number}</Link>
                  </th>
                  <td className="words">{text.reportKinds[kind]}</td>
                  <td>{periodWords(question, text)}</td>
                  <td className="words" lang="vi">
                    {question.agency === undefined
                      ? text.allAgencies
                      : (tree?.get(question.agency)?.name ?? question.agency)}
                  </td>
                  <td>{formatMinute(parseInstant(issuedAt) ?? 0)}</td>
                  <td>{withdrawn === null ? text.inForce : <strong>{text.withdrawnShort}</strong>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next !== null && (
        <button type="button" className="screen-only more" onClick={goOn}>
          {text.moreIssued}
        </button>
      )}
      {failure !== null && <Failure error={failure} retry={goOn} />}
    </section>
  );
}

/** The name and how it is cut; the bounds themselves are on the report. */
function periodWords(question: Record<string, string>, text: ReturnType<typeof usePage>['text']): string {
  const { period, bounds, from = '', to = '' } = question;
  if (period === undefined) return boundsWords({ from, to }, text);
  const [year = '', part = ''] = period.split('-');
  const name = text.parts[part] ?? text.partMonth(Number(part));
  return `${name} ${year}${bounds === 'reporting' ? ' (15–14)' : ''}`;
}
