import { formatTime } from '../format.js';
import type { Live } from '../live.js';
import { Link, usePage } from '../page.js';
import iconUrl from '../icon.svg';

export function Header({ live }: { live: Live }) {
  const { address, text } = usePage();
  const other = address.language === 'vi' ? 'en' : 'vi';
  return (
    <header className="page-header">
      <div className="brand">
        <img src={iconUrl} alt="" width="32" height="32" />
        <p>
          <strong lang="vi">{text.brand}</strong>
          <span>{text.tagline}</span>
        </p>
      </div>
      <nav aria-label={text.mainNav} className="main-nav screen-only">
        <Link
          to={{ view: { kind: 'overview' } }}
          current={address.view.kind === 'overview' ? 'page' : undefined}
        >
          {text.overview}
        </Link>
        <Link to={{ view: { kind: 'watch' } }} current={address.view.kind === 'watch' ? 'page' : undefined}>
          {text.watch}
        </Link>
        <Link
          to={{ view: { kind: 'reports', number: null } }}
          current={address.view.kind === 'reports' ? 'page' : undefined}
        >
          {text.reports}
        </Link>
        <Link
          to={{ view: { kind: 'form-06a' } }}
          current={address.view.kind === 'form-06a' ? 'page' : undefined}
        >
          {text.form06a}
        </Link>
      </nav>
      <div className="header-end screen-only">
        <Movement live={live} />
        <Link to={{ language: other }} lang={other} hrefLang={other} className="language">
          {text.otherLanguage}
        </Link>
      </div>
    </header>
  );
}

/** State of the live connection, and the one button that stops everything that moves by itself. */
function Movement({ live }: { live: Live }) {
  const { text, count } = usePage();
  const { connection, pausedAt } = live;
  return (
    <div className="movement">
      {connection.state === 'lost' ? (
        <span className="pulse lost">{text.lost(formatTime(connection.since))}</span>
      ) : pausedAt !== null ? (
        <span className="pulse paused">
          {text.pausedSinceClock(formatTime(pausedAt), count(live.pending))}
        </span>
      ) : (
        <span className={`pulse ${connection.state}`}>
          {connection.state === 'open' ? text.connected : text.connecting}
        </span>
      )}
      <button type="button" onClick={() => live.setPaused(pausedAt === null)}>
        {pausedAt === null ? text.pause : text.resume}
      </button>
    </div>
  );
}
