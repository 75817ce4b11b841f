import { serverNow } from '../clock.js';
import { formatInstant } from '../format.js';
import type { Live } from '../live.js';
import { useAgencies, useProcedures } from '../names.js';
import { usePage } from '../page.js';
import { Breadcrumb } from '../parts/breadcrumb.js';
import { DossierTable } from '../parts/dossier-table.js';
import { ProcedureFilter } from '../parts/filter-note.js';
import { Icon } from '../parts/icon.js';
import { LiveCount, LiveStale } from '../parts/live-panel.js';
import { Loading } from '../parts/notice.js';
import { useTitle } from '../title.js';

/** Everything overdue and due soon, moving by itself. */
export function WatchView({ live }: { live: Live }) {
  const { address, text } = usePage();
  const { tree } = useAgencies();
  const procedures = useProcedures();
  const agencyName =
    address.agency === null ? text.allAgencies : (tree?.get(address.agency)?.name ?? address.agency);
  const { procedure } = address;
  useTitle(`${text.watch} · ${agencyName}`);
  return (
    <>
      {tree !== null && <Breadcrumb tree={tree} scope={address.agency} level={null} procedureName={null} />}
      <div className="page-title">
        <h1 tabIndex={-1}>{text.watch}</h1>
        <p className="bounds">
          <strong>{agencyName}</strong>{' '}
          <span className="print-only">{text.asOf(formatInstant(live.pausedAt ?? serverNow()))}</span>
        </p>
      </div>
      {procedure !== null && <ProcedureFilter name={procedures.get(procedure)?.name ?? procedure} />}
      <LiveStale live={live} />
      {(['overdue', 'due-soon'] as const).map((kind) => {
        const overdue = kind === 'overdue';
        const dossiers = overdue ? live.overdue : live.dueSoon;
        const title = overdue ? text.liveOverdue : text.liveDueSoon;
        const cut = overdue ? live.cut.overdue : live.cut.dueSoon;
        return (
          <section key={kind} className="watch-list" aria-labelledby={`list-${kind}`}>
            <h2 id={`list-${kind}`}>
              <span className={`light ${overdue ? 'poor' : 'fair'}`}>
                <Icon name={overdue ? 'poor' : 'fair'} />
                {title}
              </span>{' '}
              <span className="tally">{live.loaded ? <LiveCount kind={kind} live={live} /> : '…'}</span>
            </h2>
            {!live.loaded ? (
              <Loading>{live.connection.state === 'lost' ? text.errorOffline : undefined}</Loading>
            ) : dossiers.length === 0 ? (
              <p className="empty">{overdue ? text.liveNoneOverdue : text.liveNoneDueSoon}</p>
            ) : (
              <DossierTable caption={title} kind={kind} dossiers={dossiers} live={live} tree={tree} />
            )}
            {cut && <p className="fine">{overdue ? text.liveCut('500') : text.liveCutSoon('500')}</p>}
          </section>
        );
      })}
      <p className="fine">{text.calendarTime}</p>
    </>
  );
}
