import { Link, usePage } from '../page.js';
import { useTitle } from '../title.js';

export function MissingView() {
  const { text } = usePage();
  useTitle(text.missing);
  return (
    <section className="card notice">
      <h1 tabIndex={-1}>{text.missing}</h1>
      <p>{text.missingNote}</p>
      <p>
        <Link to={{ view: { kind: 'overview' } }}>{text.toOverview}</Link>
      </p>
    </section>
  );
}
