import { useEffect, useState, type ReactNode } from 'react';
import { dossierPath, useResource, type Dossier } from '../api.js';
import { serverNow } from '../clock.js';
import type { DossierStory } from '../dossier-story.js';
import { formatDate, formatInstant, NO_FIGURE, parseInstant } from '../format.js';
import { classAt } from '../live-list.js';
import { useSeconds, type Live } from '../live.js';
import { useAgencies, useProcedures } from '../names.js';
import { Link, usePage } from '../page.js';
import { BackLink } from '../parts/back-link.js';
import { Cause } from '../parts/cause.js';
import { Deadline } from '../parts/deadline.js';
import { Failure, Loading, Stale } from '../parts/notice.js';
import { TimelinessBadge } from '../parts/status.js';
import { DueDate, TimeLeft } from '../parts/time-left.js';
import { Anomalies, Timeline } from '../parts/timeline.js';
import { useTitle } from '../title.js';

export function DossierView({
  source,
  code,
  back,
  live,
}: {
  source: string;
  code: string;
  back: string | null;
  live: Live;
}) {
  const { text } = usePage();
  const [deadlinesPassed, setDeadlinesPassed] = useState(0);
  const { data, error, receivedAt, retry } = useResource<DossierStory>(
    dossierPath(source, code),
    live.refresh + deadlinesPassed,
  );
  const overdueFrom = parseInstant(data?.overdueFrom);
  // Ask anew for the state after the deadline in the moment it passes.
  useEffect(() => {
    const wait = overdueFrom === null ? -1 : overdueFrom - serverNow();
    // Timers beyond 2^31 ms would fire at once.
    if (wait < 0 || wait > 86_400_000) return;
    const timer = window.setTimeout(() => setDeadlinesPassed((n) => n + 1), wait + 1);
    return () => window.clearTimeout(timer);
  }, [overdueFrom]);
  const { tree } = useAgencies();
  useTitle(`${code} · ${text.dossier}`);

  if (data === null) {
    return (
      <>
        <Back to={back} />
        <h1 tabIndex={-1}>{code}</h1>
        {error === null ? (
          <Loading tall />
        ) : error.status === 404 ? (
          <section className="card notice">
            <p>{text.dossierMissing}</p>
            <p>
              <Link to={{ view: { kind: 'overview' } }}>{text.toOverview}</Link>
            </p>
          </section>
        ) : (
          <Failure error={error} retry={retry} />
        )}
      </>
    );
  }
  return (
    <>
      <Back to={back} />
      <div className="page-title">
        <h1 tabIndex={-1}>{code}</h1>
        <p className="bounds">{receivedAt !== null && <span>{text.asOf(formatInstant(receivedAt))}</span>}</p>
      </div>
      {error !== null && receivedAt !== null && <Stale at={formatInstant(receivedAt)} retry={retry} />}
      <Facts dossier={data} pausedAt={live.pausedAt} tree={tree} />
      {data.overdueCause && <Cause cause={data.overdueCause} />}
      <div className="halves">
        <Deadline deadline={data.deadline ?? null} />
        <div>
          <Timeline events={data.events ?? []} tree={tree} />
          <Anomalies anomalies={data.anomalies ?? []} />
        </div>
      </div>
    </>
  );
}

/** Who was sent the bare address is led to everything that is watched. */
function Back({ to }: { to: string | null }) {
  const { address } = usePage();
  return <BackLink to={to} otherwise={{ ...address, view: { kind: 'watch' } }} />;
}

function Facts({
  dossier,
  pausedAt,
  tree,
}: {
  dossier: Dossier;
  pausedAt: number | null;
  tree: ReturnType<typeof useAgencies>['tree'];
}) {
  const { text, count } = usePage();
  const now = useSeconds(pausedAt);
  const procedures = useProcedures();
  const agencyName = (id: string | null): string => (id === null ? NO_FIGURE : (tree?.get(id)?.name ?? id));
  const instant = (value: string | null): ReactNode => {
    const at = parseInstant(value);
    return at === null ? NO_FIGURE : <time dateTime={value ?? undefined}>{formatInstant(at)}</time>;
  };
  const timeliness = classAt(dossier, now) ?? dossier.timeliness;
  const procedure = dossier.procedure === null ? undefined : procedures.get(dossier.procedure);
  const isOpen = dossier.state === 'running' || dossier.state === 'paused';
  return (
    <section className="card facts">
      <p className="states">
        {timeliness !== null && <TimelinessBadge timeliness={timeliness} />}
        <span className="state">{text.states[dossier.state] ?? dossier.state}</span>
        {dossier.state === 'running' && <TimeLeft dossier={dossier} now={now} />}
      </p>
      <p className="procedure" lang="vi">
        {procedure?.name ?? dossier.procedure ?? NO_FIGURE} {procedure && <small>{dossier.procedure}</small>}
      </p>
      <dl>
        <Fact name={text.agency}>
          <span lang="vi">{agencyName(dossier.resolvingAgency)}</span>
        </Fact>
        {dossier.receivingAgency !== dossier.resolvingAgency && (
          <Fact name={text.receivingAgency}>
            <span lang="vi">{agencyName(dossier.receivingAgency)}</span>
          </Fact>
        )}
        <Fact name={text.domain}>
          <span lang="vi">{dossier.domain ?? NO_FIGURE}</span>
        </Fact>
        <Fact name={text.channel}>
          {dossier.channel === null ? NO_FIGURE : (text.channels[dossier.channel] ?? dossier.channel)}
        </Fact>
        {dossier.submittedAt !== null && <Fact name={text.submittedAt}>{instant(dossier.submittedAt)}</Fact>}
        <Fact name={text.accepted}>{instant(dossier.acceptedAt)}</Fact>
        <Fact name={text.dueDate}>
          <strong>
            <DueDate dossier={dossier} />
          </strong>
          {dossier.dueSource !== null && ` (${text.dueSources[dossier.dueSource] ?? dossier.dueSource})`}
        </Fact>
        {dossier.pausedSince !== null && <Fact name={text.pausedSince}>{instant(dossier.pausedSince)}</Fact>}
        {dossier.resolvedAt !== null && <Fact name={text.resolvedAt}>{instant(dossier.resolvedAt)}</Fact>}
        {dossier.returnedAt !== null && <Fact name={text.returnedAt}>{instant(dossier.returnedAt)}</Fact>}
        {dossier.extensionCount > 0 && <Fact name={text.extensions}>{count(dossier.extensionCount)}</Fact>}
        {dossier.supplementCount > 0 && <Fact name={text.supplements}>{count(dossier.supplementCount)}</Fact>}
        {dossier.score !== null && <Fact name={text.score}>{count(dossier.score)}/5</Fact>}
        <Fact name={text.source}>
          <span className="trace">{dossier.source}</span>
        </Fact>
      </dl>
      {dossier.dueMismatch && (
        <p className="banner fair">
          {text.dueMismatch(dossier.dueComputedOn === null ? NO_FIGURE : formatDate(dossier.dueComputedOn))}
        </p>
      )}
      {isOpen && dossier.pastDueWhilePaused && <p className="banner fair">{text.pastDueWhilePaused}</p>}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
