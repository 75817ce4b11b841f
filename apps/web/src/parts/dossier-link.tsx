import { backTo } from '../address.js';
import { Link, usePage } from '../page.js';

/** Opens a dossier, and lets it know the way back: this view, with filter, order and place. */
export function DossierLink({ source, code }: { source: string; code: string }) {
  const { address } = usePage();
  return (
    <Link to={{ view: { kind: 'dossier', source, code, back: backTo(address) }, sort: null }}>{code}</Link>
  );
}
