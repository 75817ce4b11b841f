import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type AgencyTree, Organisation, parseDay } from '#libs/dossier';
import { type AgencyDoc, faultsOfParents, readAgencies } from './catalogue.js';

/** The catalogues of 2018 and of what changed until 01/07/2025, as they would be put one after the other. */
describe('Cần Thơ of 2018 in the tree of 2025', () => {
  const shipped = (year: number): AgencyDoc[] => {
    const path = new URL(`../../../data/cantho/agencies-${year}.json`, import.meta.url);
    const read = readAgencies(JSON.parse(readFileSync(path, 'utf8')));
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    return read.value;
  };
  const agencies = new Map(shipped(2018).map((agency) => [agency.id, agency]));
  const edit = shipped(2025);
  const last = parseDay('2025-06-30')!;
  let organisation: Organisation;
  let now: AgencyTree;

  beforeAll(() => {
    expect(faultsOfParents(edit, agencies)).toEqual([]);
    for (const agency of edit) agencies.set(agency.id, agency);
    organisation = new Organisation(agencies.values());
    now = organisation.tree('current', last + 1);
  });

  it('has 103 communes, none of them below a district', () => {
    const communes = [...agencies.values()].filter(
      ({ id, kind }) => kind === 'commune' && organisation.existed(id, last + 1, last + 1),
    );
    expect(communes).toHaveLength(103);
    expect(new Set(communes.map(({ id }) => now.childrenOf('H13').includes(id)))).toEqual(new Set([true]));
  });

  it('counts every agency of the three provinces at one, and divides none', () => {
    expect(now.childrenOf()).toEqual(['H13']);
    expect(now.subtree('H13').sort()).toEqual([...agencies.keys()].sort());
    const kept = [...agencies.keys()].filter((id) => organisation.endedWithoutHeir(id, last + 1));
    const kindsOf = (kind: string) => kept.filter((id) => agencies.get(id)?.kind === kind);
    expect(kindsOf('district')).toHaveLength(28);
    // Bùi Hữu Nghĩa, Long Tuyền, Thốt Nốt went to two each; what became of Phú An is not established.
    expect(kindsOf('commune').map((id) => agencies.get(id)?.name)).toEqual([
      ...['Phường Bùi Hữu Nghĩa', 'Phường Long Tuyền', 'Phường Thốt Nốt', 'Xã Phú An'],
    ]);
    expect(kept).toHaveLength(32);
  });

  it('follows a ward over two reforms', () => {
    const [anHoi, tanAn] = ['Phường An Hội', 'Phường Tân An'].map(
      (name) => [...agencies.values()].find((agency) => agency.name === name && agency.validTo)?.id ?? '',
    );
    const at = (day: string) => organisation.tree('current', parseDay(day)!).unitOf(anHoi!);
    expect([at('2020-02-29'), at('2020-03-01'), at('2025-06-30')]).toEqual([anHoi, tanAn, tanAn]);
    expect(agencies.get(at('2025-07-01'))?.name).toBe('Phường Ninh Kiều');
  });

  it('is as recorded what 2018 was', () => {
    const then = organisation.tree('recorded', parseDay('2018-12-31')!);
    const plain = new Organisation(shipped(2018)).tree('recorded', parseDay('2018-12-31')!);
    for (const { id } of shipped(2018)) {
      // The communes to come hang below the province already, with nothing in them and without a row.
      const known = then.subtree(id).filter((one) => agencies.get(one)?.validFrom !== '2025-07-01');
      expect([id, known.sort()]).toEqual([id, plain.subtree(id).sort()]);
    }
  });
});
