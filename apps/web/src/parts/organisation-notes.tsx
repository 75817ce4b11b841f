import type { Note } from '../comparison.js';
import { Link, usePage } from '../page.js';
import './comparison.css';

/**
 * What changed in the organisation and the calendar within the time that is counted or compared, and the other way to
 * count it.
 */
export function OrganisationNotes({ notes }: { notes: readonly Note[] }) {
  const { address, text } = usePage();
  const restated = address.tree === 'current';
  if (notes.length === 0 && !restated) return null;
  return (
    <section className="organisation" aria-labelledby="organisation-title">
      <h2 id="organisation-title">{text.notes}</h2>
      {/* A note of a change says by which tree it is counted. */}
      {restated && notes.every(({ kind }) => kind !== 'organisation-change') && <p>{text.currentTree}</p>}
      <NoteList notes={notes} />
      {(restated || notes.some(({ kind }) => kind !== 'calendar-change')) && (
        <p className="screen-only">
          <Link to={{ tree: restated ? 'recorded' : 'current' }}>
            {restated ? text.toRecordedTree : text.toCurrentTree}
          </Link>
        </p>
      )}
    </section>
  );
}

export function NoteList({ notes }: { notes: readonly Note[] }) {
  const { address } = usePage();
  return (
    <ul className="notes">
      {notes.map((note) => (
        <li key={`${note.kind} ${note.on}`}>{note[address.language]}</li>
      ))}
    </ul>
  );
}
