import { useEffect, useState } from 'react';
import type { Live } from '../live.js';
import { usePage } from '../page.js';

/** What a sighted reader sees move, said politely; the pace is set in live.ts. */
export function Announcer({ live }: { live: Live }) {
  const { text } = usePage();
  const { announcement: said, connection } = live;
  const isLost = connection.state === 'lost';
  const [wasLost, setWasLost] = useState(false);
  useEffect(() => {
    if (isLost) setWasLost(true);
  }, [isLost]);
  const words = [
    said && said.overdue > 0 && text.announceOverdue(said.overdue),
    said && said.resolved > 0 && text.announceResolved(said.resolved),
    isLost && text.connectionLost,
    wasLost && connection.state === 'open' && text.connectionBack,
  ].filter(Boolean);
  return (
    <div className="unseen" role="status" aria-live="polite" aria-atomic="true">
      {words.join(' ')}
    </div>
  );
}
