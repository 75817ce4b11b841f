import { parseDay } from './instant.js';
import type { CivilDay } from './instant.js';

/** What the catalogue says of an agency's place; days are `YYYY-MM-DD`, both inclusive. */
export interface DatedAgency {
  id: string;
  parent?: string | undefined;
  /** Parents of other times: on a day that none of them covers, `parent` counts. */
  parents?: readonly DatedParent[] | undefined;
  /** First and last day of its existence. */
  validFrom?: string | undefined;
  validTo?: string | undefined;
  successors?: readonly string[] | undefined;
}

export interface DatedParent {
  /** Absent: it had none. */
  parent?: string | undefined;
  validFrom?: string | undefined;
  validTo?: string | undefined;
}

/** `recorded`: the tree as it was; `current`: restated to the tree of now. */
export const TREE_MODES = ['recorded', 'current'] as const;
export type TreeMode = (typeof TREE_MODES)[number];

/** What is another way from a day on. */
export interface OrganisationChange {
  on: CivilDay;
  /** Last existed on the day before. */
  ended: string[];
  begun: string[];
  /** Another parent from this day on. */
  moved: string[];
}

/** Who is below whom, and under whom an agency's dossiers count. */
export interface AgencyTree {
  /** The agency under which this one's dossiers count; itself, but for one that has ended and is restated. */
  unitOf: (id: string) => string;
  /** Agencies directly below; without an id those at the top. */
  childrenOf: (id?: string) => readonly string[];
  /** Every agency whose dossiers count at this one or below it. */
  subtree: (id: string) => string[];
}

interface Place {
  id: string;
  parent: string | undefined;
  parents: readonly { parent: string | undefined; from: CivilDay; to: CivilDay }[];
  from: CivilDay;
  to: CivilDay;
  successors: readonly string[];
}

const EVER = Number.MAX_SAFE_INTEGER;
const dayOr = (text: string | undefined, otherwise: CivilDay): CivilDay =>
  (text === undefined ? undefined : parseDay(text)) ?? otherwise;

/** A tree serves many questions; nobody asks for many trees. */
const KEPT_TREES = 16;

/** Agencies with their dated parents and successors. Trees are the same between two changes and are kept. */
export class Organisation {
  private readonly places = new Map<string, Place>();
  /** In the order of days. */
  private readonly allChanges: readonly OrganisationChange[];
  private readonly trees = new Map<string, AgencyTree>();

  constructor(agencies: Iterable<DatedAgency>) {
    for (const { id, parent, parents, validFrom, validTo, successors } of agencies) {
      this.places.set(id, {
        ...{ id, parent, from: dayOr(validFrom, -EVER), to: dayOr(validTo, EVER) },
        parents: (parents ?? []).map((other) => ({
          ...{ parent: other.parent, from: dayOr(other.validFrom, -EVER), to: dayOr(other.validTo, EVER) },
        })),
        successors: successors ?? [],
      });
    }
    this.allChanges = changesOf(this.places);
  }

  existed(id: string, from: CivilDay, to: CivilDay): boolean {
    const place = this.places.get(id);
    return place !== undefined && place.from <= to && place.to >= from;
  }

  /** Ended by `on` with several successors, between which its dossiers cannot be divided, or with none known. */
  endedWithoutHeir(id: string, on: CivilDay): boolean {
    const place = this.places.get(id);
    return place !== undefined && place.to < on && this.tree('current', on).unitOf(id) === id;
  }

  successorsOf = (id: string): readonly string[] => this.places.get(id)?.successors ?? [];
  endOf = (id: string): CivilDay | undefined => {
    const to = this.places.get(id)?.to ?? EVER;
    return to === EVER ? undefined : to;
  };

  /** Changes that divide from–to: the day before and the day itself both lie in it. */
  changes(from: CivilDay, to: CivilDay): OrganisationChange[] {
    return this.allChanges.filter(({ on }) => from < on && on <= to);
  }

  /**
   * `recorded`: each agency under the parent that it had on `on`; one that had ended before, under its last one.
   * `current`: the tree of the day `on`, in which an agency that has ended counts under its successor, or the successor's.
   * One with several successors cannot be divided and stays a unit of its own, like one without any, below the living
   * agency that its parents lead to.
   */
  tree(mode: TreeMode, on: CivilDay): AgencyTree {
    const key = `${mode} ${this.allChanges.findLastIndex((change) => change.on <= on)}`;
    let tree = this.trees.get(key);
    if (!tree) {
      tree = mode === 'recorded' ? recordedTree(this.places, on) : currentTree(this.places, on);
      this.trees.set(key, tree);
      for (const oldest of this.trees.keys()) {
        if (this.trees.size <= KEPT_TREES) break;
        this.trees.delete(oldest);
      }
    }
    return tree;
  }
}

type Places = ReadonlyMap<string, Place>;

function parentOn({ parent, parents }: Place, day: CivilDay): string | undefined {
  const dated = parents.find(({ from, to }) => from <= day && day <= to);
  return dated ? dated.parent : parent;
}

/** The parent on a day, or on the nearest day of the agency's existence. */
const parentNear = (place: Place, day: CivilDay): string | undefined =>
  parentOn(place, Math.max(place.from, Math.min(place.to, day)));

function recordedTree(places: Places, on: CivilDay): AgencyTree {
  return treeOf(
    places,
    (id) => id,
    (place) => parentNear(place, on),
  );
}

function currentTree(places: Places, on: CivilDay): AgencyTree {
  const ended = ({ to }: Place): boolean => to < on;
  const unitOf = (id: string): string => {
    const passed = new Set<string>();
    for (let at = id; ;) {
      const place = places.get(at);
      const heirs = place && ended(place) ? place.successors : [];
      const [heir] = heirs;
      if (heir === undefined || heirs.length > 1 || !places.has(heir) || heir === at) return at;
      passed.add(at);
      if (passed.has(heir)) return heir;
      at = heir;
    }
  };
  const parentOf = (unit: Place): string | undefined => {
    const passed = new Set<string>([unit.id]);
    let parent = parentNear(unit, on);
    while (parent !== undefined && !passed.has(parent)) {
      passed.add(parent);
      const place = places.get(parent);
      if (!place || !ended(place)) return parent;
      const heir = places.get(unitOf(parent));
      // The ended parent's only successor may be this very agency; then it goes on upwards.
      if (heir && !ended(heir) && heir.id !== unit.id) return heir.id;
      parent = parentNear(place, on);
    }
    return undefined;
  };
  return treeOf(places, unitOf, parentOf);
}

function treeOf(
  places: Places,
  unitOf: (id: string) => string,
  parentOf: (unit: Place) => string | undefined,
): AgencyTree {
  const units = new Map<string, string>();
  const countedAt = new Map<string, string[]>();
  for (const id of places.keys()) {
    const unit = unitOf(id);
    units.set(id, unit);
    append(countedAt, unit, id);
  }
  const parents = new Map<string, string | undefined>();
  for (const [id, place] of places) {
    if (units.get(id) !== id) continue;
    const parent = parentOf(place);
    parents.set(id, parent !== undefined && places.has(parent) ? parent : undefined);
  }
  cutCircles(parents);
  const children = new Map<string | undefined, string[]>();
  for (const [id, parent] of parents) append(children, parent, id);
  return {
    unitOf: (id) => units.get(id) ?? id,
    childrenOf: (id) => children.get(id) ?? [],
    subtree: (id) => {
      const below = [id];
      for (const unit of below) below.push(...(children.get(unit) ?? []));
      return below.flatMap((unit) => countedAt.get(unit) ?? [unit]);
    },
  };
}

/**
 * Successors may lead in a circle that the parents of no single day make: each agency must stay somewhere, or its
 * dossiers would be in no sum. The circle is cut open where it is met.
 */
function cutCircles(parents: Map<string, string | undefined>): void {
  const walkedBy = new Map<string, string>();
  for (const start of parents.keys()) {
    for (let at: string | undefined = start; at !== undefined && !walkedBy.has(at); at = parents.get(at)) {
      walkedBy.set(at, start);
      const next = parents.get(at);
      if (next !== undefined && walkedBy.get(next) === start) parents.set(at, undefined);
    }
  }
}

function changesOf(places: Places): OrganisationChange[] {
  const byDay = new Map<CivilDay, OrganisationChange>();
  const at = (on: CivilDay): OrganisationChange => {
    let change = byDay.get(on);
    if (!change) byDay.set(on, (change = { on, ended: [], begun: [], moved: [] }));
    return change;
  };
  for (const place of places.values()) {
    if (place.from !== -EVER) at(place.from).begun.push(place.id);
    if (place.to !== EVER) at(place.to + 1).ended.push(place.id);
    const days = new Set(place.parents.flatMap(({ from, to }) => [from, to + 1]));
    for (const day of days) {
      const existed = place.from < day && day <= place.to;
      if (existed && parentOn(place, day) !== parentOn(place, day - 1)) at(day).moved.push(place.id);
    }
  }
  return [...byDay.values()].sort((a, b) => a.on - b.on);
}

function append<K>(lists: Map<K, string[]>, key: K, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
