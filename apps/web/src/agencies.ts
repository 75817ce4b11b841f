import type { AgencyKind } from './address.js';
import { sumRows, type KeyedRow } from './figures.js';

export interface Agency {
  id: string;
  name: string;
  kind: AgencyKind;
  parent?: string | null;
  /** Last day of its existence. */
  validTo?: string;
}

/** The catalogue as a tree. Roots are the agencies without a (known) parent. */
export class AgencyTree {
  private readonly byId: Map<string, Agency>;
  private readonly childrenOf = new Map<string | null, Agency[]>();

  constructor(agencies: readonly Agency[]) {
    this.byId = new Map(agencies.map((agency) => [agency.id, agency]));
    for (const agency of agencies) {
      const parent = agency.parent && this.byId.has(agency.parent) ? agency.parent : null;
      const siblings = this.childrenOf.get(parent);
      if (siblings) siblings.push(agency);
      else this.childrenOf.set(parent, [agency]);
    }
  }

  get size(): number {
    return this.byId.size;
  }

  get(id: string): Agency | null {
    return this.byId.get(id) ?? null;
  }

  children(id: string | null): Agency[] {
    return this.childrenOf.get(id) ?? [];
  }

  /** From the root down to the agency itself; empty for an unknown one. */
  path(id: string): Agency[] {
    const path: Agency[] = [];
    for (let agency = this.get(id); agency && !path.includes(agency);) {
      path.unshift(agency);
      agency = agency.parent ? this.get(agency.parent) : null;
    }
    return path;
  }

  /** Everyone below, without the agency itself. */
  below(id: string | null): Agency[] {
    return this.children(id).flatMap((child) => [child, ...this.below(child.id)]);
  }
}

/** Order in which levels are listed. */
const KIND_ORDER: readonly AgencyKind[] = [
  'province',
  'department',
  'district',
  'commune',
  'centre',
  'office',
];

export interface Level {
  kind: AgencyKind;
  agencies: Agency[];
  /** The agencies are children; otherwise they stand further down and their rows come from the flat report. */
  direct: boolean;
}

/**
 * The levels one can look at from an agency: its children by kind and, of a province, the communes
 * even where they belong to districts.
 */
export function levelsOf(tree: AgencyTree, id: string | null): Level[] {
  const children = tree.children(id);
  const levels = KIND_ORDER.map((kind) => ({
    kind,
    agencies: children.filter((child) => child.kind === kind),
    direct: true,
  })).filter((level) => level.agencies.length > 0);
  if (children.some((child) => child.kind === 'district')) {
    const communes = tree.below(id).filter((agency) => agency.kind === 'commune');
    if (communes.length > 0 && !levels.some((level) => level.kind === 'commune')) {
      levels.push({ kind: 'commune', agencies: communes, direct: false });
    }
  }
  return levels;
}

/**
 * Rows of a level from the flat report: each agency with everything below it, those included that count here in the
 * report though the tree of now has them elsewhere.
 */
export function rowsFromFlat(tree: AgencyTree, level: Level, flat: readonly KeyedRow[]): KeyedRow[] {
  const byKey = new Map(flat.map((row) => [row.key, row]));
  const known = new Set(level.agencies.map(({ id }) => id));
  const others = flat.flatMap(({ key }) => {
    const agency = tree.get(key);
    return agency?.kind === level.kind && !known.has(key) ? [agency] : [];
  });
  return [...level.agencies, ...others].map((agency) => ({
    key: agency.id,
    name: agency.name,
    ...sumRows(
      [agency, ...tree.below(agency.id)].flatMap((one) => {
        const row = byKey.get(one.id);
        return row ? [row] : [];
      }),
    ),
  }));
}
