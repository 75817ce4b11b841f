import { describe, expect, it } from '@jest/globals';
import { ORDINARY_DATA, ORDINARY_TYPES } from './events.js';
import { membersOf } from './members.js';

describe('the members of a type', () => {
  it('are those of its schema, with what they hold', () => {
    const told = membersOf('accepted').map(({ name, kind, required }) => [name, kind, required]);
    expect(told).toEqual([
      ['procedure', 'procedure', true],
      ['receivingAgency', 'agency', true],
      ['resolvingAgency', 'agency', false],
      ['channel', 'choice', true],
      ['dueAt', 'instant', false],
      ['limit', 'limit', false],
    ]);
    expect(membersOf('extended').map(({ kind }) => kind)).toEqual(['instant', 'text', 'boolean']);
    expect(membersOf('rated').map(({ kind }) => kind)).toEqual(['number']);
  });

  it.each(ORDINARY_TYPES)('are all there and of a known kind: %s', (type) => {
    const shape = ORDINARY_DATA[type].shape;
    expect(membersOf(type).map(({ name }) => name)).toEqual(Object.keys(shape));
    expect(membersOf(type).map(({ kind }) => kind)).not.toContain(undefined);
    const required = membersOf(type).filter((member) => member.required);
    const missing = ORDINARY_DATA[type].safeParse({}).error?.issues.map(({ path }) => path[0]) ?? [];
    expect(required.map(({ name }) => name)).toEqual(missing);
  });
});
