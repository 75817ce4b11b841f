import { Link, usePage } from '../page.js';

/** A filter that is on must be seen and must be as easy to take off as it was to put on. */
export function ProcedureFilter({ name }: { name: string }) {
  const { text } = usePage();
  return (
    <p className="filter">
      {text.filteredProcedure}: <strong lang="vi">{name}</strong>{' '}
      <Link to={{ procedure: null, by: null }} className="screen-only">
        {text.clearFilter}
      </Link>
    </p>
  );
}
