import { useState } from 'react';
import type { AgencyTree } from '../agencies.js';
import type { Dossier } from '../api.js';
import { formatMinute, NO_FIGURE, parseInstant } from '../format.js';
import { keyOf } from '../live-list.js';
import { useSeconds, type Live } from '../live.js';
import { useProcedures } from '../names.js';
import { usePage } from '../page.js';
import { DossierLink } from './dossier-link.js';
import { DueDate, TimeLeft } from './time-left.js';

const ROWS_AT_FIRST = 50;

export function DossierTable({
  caption,
  kind,
  dossiers,
  live,
  tree,
}: {
  caption: string;
  kind: 'overdue' | 'due-soon';
  dossiers: Dossier[];
  live: Live;
  tree: AgencyTree | null;
}) {
  const { text, count } = usePage();
  const now = useSeconds(live.pausedAt);
  const procedures = useProcedures();
  const [all, setAll] = useState(false);
  const rows = all ? dossiers : dossiers.slice(0, ROWS_AT_FIRST);
  return (
    <>
      <div className="table-scroll" role="region" aria-label={`${caption}: ${text.tableScroll}`} tabIndex={0}>
        <table className="dossiers" data-list={kind}>
          <caption className="unseen">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{text.code}</th>
              <th scope="col">{kind === 'overdue' ? text.timeOver : text.timeLeft}</th>
              <th scope="col">{text.dueDate}</th>
              <th scope="col">{text.procedure}</th>
              <th scope="col">{text.agency}</th>
              <th scope="col">{text.accepted}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((dossier) => {
              const acceptedAt = parseInstant(dossier.acceptedAt);
              const isFresh = kind === 'overdue' && live.fresh.has(keyOf(dossier));
              return (
                <tr key={keyOf(dossier)} data-code={dossier.code} className={isFresh ? 'fresh' : undefined}>
                  <th scope="row">
                    <DossierLink source={dossier.source} code={dossier.code} />
                    {isFresh && <span className="tag">{text.fresh}</span>}
                  </th>
                  <td>
                    <TimeLeft dossier={dossier} now={now} />
                  </td>
                  <td>
                    <DueDate dossier={dossier} />
                  </td>
                  <td className="words" lang="vi">
                    {procedures.get(dossier.procedure ?? '')?.name ?? dossier.procedure}
                  </td>
                  <td className="words" lang="vi">
                    {tree?.get(dossier.resolvingAgency ?? '')?.name ?? dossier.resolvingAgency}
                  </td>
                  <td>{acceptedAt === null ? NO_FIGURE : formatMinute(acceptedAt)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!all && dossiers.length > ROWS_AT_FIRST && (
        <>
          <button type="button" className="screen-only more" onClick={() => setAll(true)}>
            {text.showAllRows(count(dossiers.length))}
          </button>
          <p className="print-only fine">{text.rowsShown(count(ROWS_AT_FIRST), count(dossiers.length))}</p>
        </>
      )}
    </>
  );
}
