import { DEFAULT_PRESET } from '../address.js';
import type { AgencyTree } from '../agencies.js';
import type { Dossier } from '../api.js';
import { formatTime } from '../format.js';
import { keyOf } from '../live-list.js';
import { useSeconds, type Live } from '../live.js';
import { useProcedures } from '../names.js';
import { Link, usePage } from '../page.js';
import { DossierLink } from './dossier-link.js';
import { Icon } from './icon.js';
import { ListLink } from './list-link.js';
import { DueDate, TimeLeft } from './time-left.js';

const SHOWN = 4;

/** The newest overdue and the next due, beside the figures; the whole lists have a page of their own. */
export function LivePanel({ live, tree }: { live: Live; tree: AgencyTree | null }) {
  const { text } = usePage();
  return (
    <section className="card live" aria-labelledby="live-title">
      <h2 id="live-title">{text.live}</h2>
      <LiveStale live={live} />
      <Short
        kind="overdue"
        title={text.liveOverdue}
        none={text.liveNoneOverdue}
        dossiers={live.overdue}
        live={live}
        tree={tree}
      />
      <Short
        kind="due-soon"
        title={text.liveDueSoon}
        none={text.liveNoneDueSoon}
        dossiers={live.dueSoon}
        live={live}
        tree={tree}
      />
      <p className="screen-only">
        <Link to={{ view: { kind: 'watch' } }}>{text.liveAll}</Link>
      </p>
    </section>
  );
}

/** Lists that cannot be kept up to date say so, and since when. */
export function LiveStale({ live }: { live: Live }) {
  const { text } = usePage();
  const { connection, loaded } = live;
  return (
    loaded &&
    connection.state === 'lost' && (
      <p className="banner fair" data-stale="live">
        {text.liveStale(formatTime(connection.since))}
      </p>
    )
  );
}

/** How many there are: the server's own count where the page does not hold them all. Opens the list of now. */
export function LiveCount({ kind, live }: { kind: 'overdue' | 'due-soon'; live: Live }) {
  const { count } = usePage();
  const overdue = kind === 'overdue';
  const held = overdue ? live.overdue.length : live.dueSoon.length;
  const cut = overdue ? live.cut.overdue : live.cut.dueSoon;
  const known = overdue ? live.totals?.open.overdue : undefined;
  const all = cut ? Math.max(known ?? 0, held) : held;
  return (
    <ListLink
      behind={overdue ? 'qua-han' : 'sap-den-han'}
      value={all}
      // The live lists are of now, whatever period and tree the figures beside them are of.
      target={{ to: { period: DEFAULT_PRESET, tree: 'recorded', level: null } }}
    >
      {cut && known === undefined ? `> ${count(held)}` : count(all)}
    </ListLink>
  );
}

function Short({
  kind,
  title,
  none,
  dossiers,
  live,
  tree,
}: {
  kind: 'overdue' | 'due-soon';
  title: string;
  none: string;
  dossiers: Dossier[];
  live: Live;
  tree: AgencyTree | null;
}) {
  const { text } = usePage();
  const now = useSeconds(live.pausedAt);
  const procedures = useProcedures();
  return (
    <section className={`short ${kind}`} data-list={kind}>
      <h3>
        <span className={`light ${kind === 'overdue' ? 'poor' : 'fair'}`}>
          <Icon name={kind === 'overdue' ? 'poor' : 'fair'} />
          {title}
        </span>{' '}
        <span className="tally">{live.loaded ? <LiveCount kind={kind} live={live} /> : '…'}</span>
      </h3>
      {!live.loaded ? (
        <p className="empty">{live.connection.state === 'lost' ? text.errorOffline : text.loading}</p>
      ) : dossiers.length === 0 ? (
        <p className="empty">{none}</p>
      ) : (
        <ol>
          {dossiers.slice(0, SHOWN).map((dossier) => {
            const isFresh = kind === 'overdue' && live.fresh.has(keyOf(dossier));
            return (
              <li key={keyOf(dossier)} data-code={dossier.code} className={isFresh ? 'fresh' : undefined}>
                <DossierLink source={dossier.source} code={dossier.code} />
                {isFresh && <span className="tag">{text.fresh}</span>}
                <TimeLeft dossier={dossier} now={now} />
                <span className="what" lang="vi">
                  {procedures.get(dossier.procedure ?? '')?.name ?? dossier.procedure}
                </span>
                <span className="where" lang="vi">
                  {tree?.get(dossier.resolvingAgency ?? '')?.name ?? dossier.resolvingAgency}
                </span>
                <span className="due">
                  {text.dueDate} <DueDate dossier={dossier} />
                </span>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
