import { useState, type SyntheticEvent } from 'react';
import { ApiError, type Resource, useResource } from '../api.js';
import { formatInstant, parseInstant } from '../format.js';
import { type IssuedReport, issuedPath, postJson, type Verification } from '../issued-api.js';
import { useAgencies } from '../names.js';
import { Link, usePage } from '../page.js';
import { Downloads } from '../parts/downloads.js';
import { Failure, Loading } from '../parts/notice.js';
import { ReportTable } from '../parts/report-table.js';
import { RestatedSince, Verified } from '../parts/verified.js';
import { scopeOfQuestion } from '../report-lists.js';
import { boundsWords } from '../report-words.js';
import { useTitle } from '../title.js';

const when = (instant: string): string => formatInstant(parseInstant(instant) ?? 0);

/** One issued report: what it says for good, whether it still holds, and what has been restated since. */
export function IssuedReportView({ number }: { number: string }) {
  const { text } = usePage();
  const { data, error, retry } = useResource<IssuedReport>(issuedPath(number));
  const [again, setAgain] = useState(0);
  const verification = useResource<Verification>(
    data === null ? null : `${issuedPath(number)}/verify`,
    again,
  );
  useTitle(`${number} · ${text.reports}`);
  // The heading stays the same element while the report comes: the keyboard is at it.
  return (
    <>
      <Link to={{ view: { kind: 'reports', number: null } }} className="back screen-only">
        ‹ {text.toReports}
      </Link>
      <div className="page-title">
        <h1 tabIndex={-1}>{number}</h1>
        {data !== null && (
          <p className="bounds">
            <strong>{boundsWords(data.report, text)}</strong> <span>{text.asOf(when(data.asOf))}</span>
          </p>
        )}
      </div>
      {data !== null ? (
        <Shown issued={data} verification={verification} onAgain={() => setAgain((n) => n + 1)} />
      ) : error === null ? (
        <Loading tall />
      ) : error.status === 404 ? (
        <section className="card notice">
          <p>{text.issuedMissing}</p>
        </section>
      ) : (
        <Failure error={error} retry={retry} />
      )}
    </>
  );
}

function Shown({
  issued,
  verification,
  onAgain,
}: {
  issued: IssuedReport;
  verification: Resource<Verification>;
  onAgain: () => void;
}) {
  const { text } = usePage();
  const { number, kind, question, asOf, report, formula } = issued;
  const withdrawn = verification.data?.withdrawn ?? null;
  return (
    <>
      {withdrawn !== null && (
        <p className="banner poor" role="status">
          {text.withdrawn(when(withdrawn.at), withdrawn.reason)}
        </p>
      )}
      <Facts issued={issued} />
      <section className="card verification" aria-labelledby="verify-title">
        <div className="section-head">
          <h2 id="verify-title">{text.verifyTitle}</h2>
          <button type="button" className="screen-only" onClick={onAgain}>
            {text.verifyAgain}
          </button>
        </div>
        {verification.data !== null ? (
          <Verified verification={verification.data} issued={issued} />
        ) : verification.error !== null ? (
          <Failure error={verification.error} retry={verification.retry} />
        ) : (
          <Loading>{text.verifying}</Loading>
        )}
      </section>
      <section className="report-part issued-figures" aria-labelledby="figures-title">
        <h2 id="figures-title">{text.asIssued}</h2>
        <ReportTable
          report={report}
          formula={formula?.id ?? 'a'}
          scope={scopeOfQuestion(question, report, asOf)}
        />
        <Downloads kind={kind} question={{ ...question, asOf }} original={issuedPath(number)} />
      </section>
      {verification.data?.since.restated && (
        <RestatedSince verification={verification.data} issued={issued} />
      )}
      {verification.data !== null && withdrawn === null && <Withdraw number={number} onDone={onAgain} />}
    </>
  );
}

function Facts({ issued }: { issued: IssuedReport }) {
  const { text } = usePage();
  const { tree } = useAgencies();
  const { kind, question, issuedAt, asOf, formula, calendarVersion, checksum } = issued;
  const agency =
    question.agency === undefined ? text.allAgencies : (tree?.get(question.agency)?.name ?? question.agency);
  const facts: [string, string][] = [
    [text.reportKind, text.reportKinds[kind]],
    [text.agency, agency],
    [text.reportPeriod, boundsWords(issued.report, text)],
    [text.issuedAt, when(issuedAt)],
    [text.knownAt, when(asOf)],
    ...(formula === null
      ? []
      : [[text.reportFormula, text.formulaOfReport(formula.id, formula.version)] as [string, string]]),
    [text.calendarVersion, String(calendarVersion)],
    [text.checksum, checksum],
  ];
  return (
    <section className="card facts" aria-label={text.reportNumber}>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className={value === checksum ? 'checksum' : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Withdraw({ number, onDone }: { number: string; onDone: () => void }) {
  const { text } = usePage();
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (reason.trim() === '') {
      setFault(text.withdrawMissing);
      return;
    }
    setFault(null);
    postJson(`${issuedPath(number)}/withdraw`, { reason }).then(onDone, (failure: unknown) => {
      const { status, message } = failure instanceof ApiError ? failure : new ApiError(0, '');
      setFault(status === 0 ? text.errorOffline : text.errorStatus(status, message));
    });
  };
  return (
    <details className="card withdraw screen-only">
      <summary>{text.withdraw}</summary>
      <p className="fine">{text.withdrawNote}</p>
      <form onSubmit={submit} noValidate>
        <label>
          {text.withdrawReason}
          <input
            name="ly-do"
            value={reason}
            maxLength={500}
            required
            aria-invalid={fault !== null}
            aria-describedby="withdraw-fault"
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <button type="submit">{text.withdraw}</button>
        <p id="withdraw-fault" className="fault" role="alert">
          {fault}
        </p>
      </form>
    </details>
  );
}
