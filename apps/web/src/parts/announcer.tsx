import type { Live } from '../live.js';
import { usePage } from '../page.js';

/** What a sighted reader sees move, said politely; the pace is set in live.ts. */
export function Announcer({ live }: { live: Live }) {
  const { text } = usePage();
  const said = live.announcement;
  const words = [
    said && said.overdue > 0 && text.announceOverdue(said.overdue),
    said && said.resolved > 0 && text.announceResolved(said.resolved),
    live.connection.state === 'lost' && text.connectionLost,
  ].filter(Boolean);
  return (
    <div className="unseen" role="status" aria-live="polite" aria-atomic="true">
      {words.join(' ')}
    </div>
  );
}
