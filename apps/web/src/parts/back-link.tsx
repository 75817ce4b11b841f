import { parseBack, type Address, type View } from '../address.js';
import { Link, usePage } from '../page.js';
import type { Texts } from '../texts.js';

/** To the view the reader came from, in the language of now. */
export function BackLink({
  to,
  otherwise,
}: {
  to: string | null;
  /** Where it leads if that is not known. */
  otherwise: Address;
}) {
  const { address, text } = usePage();
  const before = (to === null ? null : parseBack(to)) ?? otherwise;
  return (
    <Link to={{ ...before, language: address.language }} className="back screen-only">
      ‹ {nameOf(before.view, text)}
    </Link>
  );
}

function nameOf(view: View, text: Texts): string {
  switch (view.kind) {
    case 'list':
      return text.lists.names[view.filter.name];
    case 'watch':
      return text.watch;
    case 'reports':
      return view.number ?? text.reports;
    case 'form-06a':
      return text.form06a;
    default:
      return text.overview;
  }
}
