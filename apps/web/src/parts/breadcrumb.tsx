import type { Address, AgencyKind } from '../address.js';
import type { AgencyTree } from '../agencies.js';
import { Link, usePage } from '../page.js';

interface Crumb {
  key: string;
  name: string;
  to: Partial<Address>;
}

/** Province › level › agency › procedure. Each level is a link to its list in the agency above. */
export function Breadcrumb({
  tree,
  scope,
  level,
  procedureName,
}: {
  tree: AgencyTree;
  scope: string | null;
  level: AgencyKind | null;
  procedureName: string | null;
}) {
  const { address, text } = usePage();
  const crumbs: Crumb[] = [];
  const path = scope === null ? [] : tree.path(scope);
  const above = { procedure: null, by: null, sort: null, view: { kind: 'overview' as const } };
  if (tree.children(null).length > 1) {
    crumbs.push({ key: 'all', name: text.allAgencies, to: { ...above, agency: null, level: null } });
  }
  path.forEach((agency, depth) => {
    const parent = path[depth - 1];
    if (parent?.kind === 'province') {
      crumbs.push({
        key: `${agency.id}-level`,
        name: text.kinds[agency.kind],
        to: { ...above, agency: parent.id, level: agency.kind },
      });
    }
    crumbs.push({ key: agency.id, name: agency.name, to: { ...above, agency: agency.id, level: null } });
  });
  if (level !== null) crumbs.push({ key: 'level', name: text.kinds[level], to: { level } });
  if (procedureName !== null) crumbs.push({ key: 'procedure', name: procedureName, to: {} });
  if (crumbs.length < 2) return null;
  return (
    <nav aria-label={text.breadcrumb} className="breadcrumb">
      <ol>
        {crumbs.map((crumb, index) => (
          <li key={crumb.key}>
            {index === crumbs.length - 1 && address.view.kind === 'overview' ? (
              <span aria-current="location">{crumb.name}</span>
            ) : (
              <Link to={crumb.to}>{crumb.name}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
