import { describe, expect, it } from '@jest/globals';
import { ByteMemory } from './byte-memory.js';

describe('a memory bounded in bytes', () => {
  const of = (bytes: number) => ({ bytes });
  const held = (memory: ByteMemory<{ bytes: number }>) =>
    ['a', 'b', 'c', 'd'].filter((key) => memory.get(key) !== undefined).join('');

  it('holds as much as fits to the byte, and forgets what was used longest ago', () => {
    const memory = new ByteMemory<{ bytes: number }>(10);
    memory.set('a', of(4));
    memory.set('b', of(4));
    memory.set('c', of(2));
    expect(memory.get('a')).toEqual(of(4));
    memory.set('d', of(1));
    expect(held(memory)).toBe('acd');
  });

  it('counts what is replaced once', () => {
    const memory = new ByteMemory<{ bytes: number }>(10);
    memory.set('a', of(2));
    for (const bytes of [3, 8, 5, 8]) memory.set('b', of(bytes));
    expect(held(memory)).toBe('ab');
    memory.set('b', of(9));
    expect(held(memory)).toBe('b');
  });

  it('does not hold what is larger than all of it, and goes on', () => {
    const memory = new ByteMemory<{ bytes: number }>(10);
    memory.set('a', of(11));
    expect(held(memory)).toBe('');
    memory.set('b', of(10));
    expect(held(memory)).toBe('b');
    memory.clear();
    memory.set('c', of(10));
    expect(held(memory)).toBe('c');
  });
});
