import { AGENCY_KINDS, type AgencyKind } from '#libs/contracts';
import {
  type AgencyTree,
  type CivilDay,
  type Instant,
  parseDay,
  TREE_MODES,
  type TreeMode,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { treeOf } from '../reports/organisation-notes.js';
import { type QueryReader, refuseEnded } from '../reports/report-query.js';

export const WHOSE_PARAMETERS = ['agency', 'flat', 'kind', 'kindBelow', 'tree', 'treeOn'] as const;

/** Whose dossiers a list holds. */
export interface Whose {
  agency: string | undefined;
  tree: TreeMode;
  treeOn: CivilDay | undefined;
  /** Not all of the agency's: they are some of the rows of a report by agency, each with its own alone. */
  inPart: boolean;
  /** The agencies, of a figure whose last day is `to`; undefined: all there are. */
  members: (to: CivilDay) => string[] | undefined;
}

interface Parts {
  agency: string | undefined;
  /** As in the report of timeliness: each agency with its own alone. */
  flat: boolean;
  /** The rows of this kind in a report by agency. */
  kind: AgencyKind | undefined;
  kindBelow: AgencyKind | undefined;
}

/** Reads them; every fault is noted with the reader. */
export function readWhose(reader: QueryReader, catalogue: Catalogue, asOf: Instant): Whose {
  const tree = reader.oneOf('tree', TREE_MODES) ?? 'recorded';
  const parts = readParts(reader, catalogue);
  const { agency, flat, kind, kindBelow } = parts;
  const treeOn = readTreeOn(reader, tree, parts);
  refuseEnded(reader, catalogue, { tree, agency, asOf });
  return {
    ...{ agency, tree, treeOn },
    inPart: (agency !== undefined && flat) || kind !== undefined || kindBelow !== undefined,
    members: (to) =>
      (agency ?? kind ?? kindBelow)
        ? membersOf(treeOf({ tree, treeOn, to, asOf }, catalogue), catalogue, parts)
        : undefined,
  };
}

function readParts(reader: QueryReader, catalogue: Catalogue): Parts {
  const agency = reader.known('agency', catalogue.hasAgency, 'unknown-agency');
  const flat = reader.oneOf('flat', ['true', 'false']) === 'true';
  const kind = reader.oneOf('kind', AGENCY_KINDS);
  const kindBelow = reader.oneOf('kindBelow', AGENCY_KINDS);
  if (kind && kindBelow) reader.fault('kindBelow', 'bad-value', 'Stands against `kind`; give one.');
  if (flat && (kind || kindBelow))
    reader.fault('flat', 'bad-value', 'Leaves out all below, of which `kind` and `kindBelow` choose.');
  return { agency, flat, kind, kindBelow };
}

/** The day whose tree says who is below whom; it is cut at now as the day of a report is. */
function readTreeOn(reader: QueryReader, tree: TreeMode, { kind, kindBelow }: Parts): CivilDay | undefined {
  const text = reader.text('treeOn');
  if (text === undefined) return undefined;
  const day = parseDay(text);
  if (day === undefined) reader.fault('treeOn', 'bad-date', 'Must be a civil date YYYY-MM-DD.');
  if (tree === 'current')
    reader.fault('treeOn', 'bad-value', 'Stands against `tree=current`, which is the tree of now.');
  // One that is not known has been told of already.
  if (!(reader.text('agency') ?? kind ?? kindBelow))
    reader.fault('treeOn', 'bad-value', 'Says who is below an `agency` or a kind of them; there is none.');
  return day;
}

function membersOf(
  { subtree, childrenOf, unitOf }: AgencyTree,
  catalogue: Catalogue,
  { agency, flat, kind, kindBelow }: Parts,
): string[] {
  const isOf = (wanted: AgencyKind) => (id: string) => catalogue.agencies.get(id)?.kind === wanted;
  if (kind) return childrenOf(agency).filter(isOf(kind)).flatMap(subtree);
  const all = agency === undefined ? [...catalogue.agencies.keys()] : subtree(agency);
  if (kindBelow) {
    const units = new Set(all.map(unitOf).filter((unit) => unit !== agency));
    // One of the kind may stand below another.
    return [...new Set([...units].filter(isOf(kindBelow)).flatMap(subtree))];
  }
  // Its own are also those of whoever has ended and counts under it.
  return flat ? all.filter((one) => unitOf(one) === agency) : all;
}
