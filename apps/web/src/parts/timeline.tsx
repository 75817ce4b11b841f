import type { AgencyTree } from '../agencies.js';
import { shortType, type Anomaly, type StoryEvent } from '../dossier-story.js';
import { formatInstant, formatMinute, parseInstant } from '../format.js';
import { useProcedures } from '../names.js';
import { usePage, type Page } from '../page.js';

const DONE_AWAY_WITH = new Set(['retracted', 'superseded']);

/** Every event once, also those that were taken back: struck through, with the word for it. */
export function Timeline({ events, tree }: { events: StoryEvent[]; tree: AgencyTree | null }) {
  const { text } = usePage();
  return (
    <section className="card" aria-labelledby="timeline-title">
      <h2 id="timeline-title">{text.timeline}</h2>
      {events.length === 0 ? (
        <p className="empty">{text.timelineEmpty}</p>
      ) : (
        <ol className="timeline">
          {events.map((event, index) => (
            <EventItem key={event.id ?? index} event={event} tree={tree} />
          ))}
        </ol>
      )}
    </section>
  );
}

function EventItem({ event, tree }: { event: StoryEvent; tree: AgencyTree | null }) {
  const { address, text } = usePage();
  const type = shortType(event.type);
  const at = parseInstant(event.time);
  const recordedAt = parseInstant(event.recordedAt);
  const status = event.status ?? 'in-force';
  const marked = status !== 'in-force';
  const words = event[address.language] ?? event.vi ?? event.en;
  const inForceAt = parseInstant(event.inForce?.time);
  return (
    <li className={`event ${status}`} data-event={event.id}>
      <p className="when">{at === null ? '—' : <time dateTime={event.time}>{formatInstant(at)}</time>}</p>
      <div>
        <p className="type">
          {DONE_AWAY_WITH.has(status) ? <del>{text.events[type] ?? type}</del> : (text.events[type] ?? type)}
          {marked && <span className="tag">{text.eventStatus[status] ?? status}</span>}
        </p>
        {words && <p className="fine">{words}</p>}
        <Fields data={event.data} tree={tree} />
        {event.inForce && (
          <div className="content-in-force">
            <p>
              <strong>{text.eventInForce}</strong>: {text.events[shortType(event.inForce.type)] ?? ''}
              {inForceAt !== null && `, ${formatInstant(inForceAt)}`}
            </p>
            <Fields data={event.inForce.data} tree={tree} />
          </div>
        )}
        <p className="trace">
          {text.eventId} {event.id}
          {recordedAt !== null && `, ${text.recordedAt(formatInstant(recordedAt))}`}
        </p>
      </div>
    </li>
  );
}

function Fields({
  data,
  tree,
}: {
  data: Record<string, unknown> | null | undefined;
  tree: AgencyTree | null;
}) {
  const page = usePage();
  const procedures = useProcedures();
  const { data: corrected, ...own } = data ?? {};
  // A correction carries the new content in a `data` of its own.
  const entries = Object.entries({
    ...own,
    ...(typeof corrected === 'object' ? corrected : { data: corrected }),
  }).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return null;
  return (
    <dl className="fields">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{page.text.fields[name] ?? name}</dt>
          <dd>{fieldText(name, value, page, tree, (code) => procedures.get(code)?.name)}</dd>
        </div>
      ))}
    </dl>
  );
}

function fieldText(
  name: string,
  value: unknown,
  { text, count }: Page,
  tree: AgencyTree | null,
  procedureName: (code: string) => string | undefined,
): string {
  if (typeof value === 'boolean') return value ? text.yes : text.no;
  if (typeof value === 'number') return count(value);
  if (typeof value === 'string') {
    if (/At$|^time$/.test(name)) {
      const instant = parseInstant(value);
      return instant === null ? value : formatMinute(instant);
    }
    if (/agency$/i.test(name)) return tree?.get(value)?.name ?? value;
    if (name === 'procedure') return procedureName(value) ?? value;
    if (name === 'channel') return text.channels[value] ?? value;
    if (name === 'outcome') return text.outcomes[value] ?? value;
    if (name === 'type') return text.events[shortType(value)] ?? value;
    return value;
  }
  const limit = asLimit(value);
  if (limit !== null) return `${count(limit.amount)} ${text.units[limit.unit] ?? limit.unit}`;
  return JSON.stringify(value);
}

function asLimit(value: unknown): { amount: number; unit: string } | null {
  if (typeof value !== 'object' || value === null || !('amount' in value) || !('unit' in value)) return null;
  const { amount, unit } = value;
  return typeof amount === 'number' && typeof unit === 'string' ? { amount, unit } : null;
}

export function Anomalies({ anomalies }: { anomalies: Anomaly[] }) {
  const { address, text } = usePage();
  if (anomalies.length === 0) return null;
  return (
    <section className="card" aria-labelledby="anomalies-title">
      <h2 id="anomalies-title">{text.anomalies}</h2>
      <p className="fine">{text.anomaliesNote}</p>
      <ul className="anomalies">
        {anomalies.map((anomaly, index) => (
          <li key={index}>
            <strong>{text.events[shortType(anomaly.type)] ?? anomaly.type}</strong>:{' '}
            {(address.language === 'vi' ? anomaly.vi : (anomaly.en ?? anomaly.detail)) ??
              anomaly.detail ??
              anomaly.code}{' '}
            <span className="trace">
              ({text.eventId} {anomaly.event})
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
