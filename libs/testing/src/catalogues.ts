import fc from 'fast-check';
import { at, chanceOf, dice, pick } from './dice.js';
import type { Channel, Limit } from './reference-events.js';
import type { PausePolicy, Procedure } from './reference-fold.js';
import type { Agency } from './reference-model.js';

/** Random catalogues: trees of agencies, procedures with every kind of limit and policy. */

/** Agencies and procedures as `PUT /v1/catalogue/…` takes them. */
export interface Catalogue {
  readonly agencies: readonly Agency[];
  readonly procedures: readonly Procedure[];
}

export const CHANNELS: readonly Channel[] = ['counter', 'online', 'post'];
export const UNITS: readonly Limit['unit'][] = ['working-days', 'calendar-days', 'months', 'working-hours'];
const POLICIES: readonly (PausePolicy | undefined)[] = ['pause', 'restart', 'none', undefined];

/**
 * A tree of three levels with eight agencies and six procedures covering every unit, policy and channel rule.
 *
 * @param name keeps the codes of several catalogues apart; letters and digits
 * @param digits six digits, the same for procedure codes
 */
export function catalogueArb(name: string, digits: string): fc.Arbitrary<Catalogue> {
  return fc
    .record({ tree: dice, procedures: fc.array(dice, { minLength: 6, maxLength: 6 }) })
    .map(({ tree, procedures }) => ({
      agencies: renderAgencies(name, tree),
      procedures: procedures.map((choices, index) => renderProcedure(digits, choices, index)),
    }));
}

function renderAgencies(name: string, tree: readonly number[]): Agency[] {
  const roots = chanceOf(at(tree, 0), 40) ? ['1', '2'] : ['1'];
  const agencies: Agency[] = roots.map((root) => ({
    id: `${name}.${root}`,
    name: `Tỉnh ${name} ${root}`,
    kind: 'province',
  }));
  const middle: Agency[] = Array.from({ length: 3 }, (_, index) => {
    const parent = `${name}.${pick(roots, at(tree, 1 + index))}`;
    const kind = pick(['department', 'district'] as const, at(tree, 2 + index) >> 3);
    return {
      id: `${parent}.${index + 1}`,
      name: `${kind === 'district' ? 'Huyện' : 'Sở'} ${index + 1}`,
      kind,
      parent,
    };
  });
  const leaves: Agency[] = Array.from({ length: 4 }, (_, index) => {
    const above = pick(middle, at(tree, 4 + index));
    return {
      id: `${above.id}.${index + 1}`,
      name: `Xã ${index + 1}`,
      kind: above.kind === 'district' ? 'commune' : 'centre',
      parent: above.id,
    };
  });
  return [...agencies, ...middle, ...leaves];
}

/** A limit among the usual and the edges. */
export function renderLimit(unit: Limit['unit'], choice: number): Limit {
  switch (unit) {
    case 'working-days':
      return { unit, amount: pick([0, 1, 2, 3, 5, 7, 10, 15, 20, 26], choice) };
    case 'calendar-days':
      return { unit, amount: pick([0, 1, 3, 7, 10, 15, 30, 45], choice) };
    case 'months':
      return { unit, amount: pick([0, 1, 2, 3, 6], choice) };
    case 'working-hours':
      return { unit, amount: pick([0, 0.5, 1, 2, 4, 7.5, 8, 16, 24.5, 40], choice) };
  }
}

/** A committed limit no longer than the statutory one, in the same unit. */
function renderCommitted(statutory: Limit): Limit {
  const share = statutory.amount * 0.8;
  const amount = statutory.unit === 'working-hours' ? Math.floor(share * 2) / 2 : Math.floor(share);
  return { unit: statutory.unit, amount };
}

function renderProcedure(digits: string, choices: readonly number[], index: number): Procedure {
  const unit = pick(UNITS, index);
  const limits: Procedure['limits'][number][] = [];
  const add = (extra: { channel?: Channel; validFrom?: string }, choice: number): void => {
    const statutory = renderLimit(chanceOf(choice, 80) ? unit : pick(UNITS, choice >> 4), choice >> 2);
    limits.push({
      ...extra,
      statutory,
      ...(chanceOf(choice >> 3, 50) && { committed: renderCommitted(statutory) }),
    });
  };
  // The last procedure has a limit for one channel only: the others get no due date.
  if (index < 5) {
    add({}, at(choices, 0));
    if (chanceOf(at(choices, 1), 50)) add({ validFrom: '2021-07-01' }, at(choices, 2));
    if (chanceOf(at(choices, 3), 40)) add({ validFrom: '2026-11-01' }, at(choices, 4));
    if (chanceOf(at(choices, 5), 40)) add({ channel: 'online', validFrom: '2020-01-01' }, at(choices, 6));
  } else {
    add({ channel: 'online' }, at(choices, 0));
  }
  const pausePolicy = pick(POLICIES, at(choices, 7));
  return {
    code: `${index + 1}.${digits}`,
    name: `Thủ tục ${index + 1}`,
    domain: `${digits}-LV${(index % 3) + 1}`,
    ...(pausePolicy && { pausePolicy }),
    limits,
  };
}
