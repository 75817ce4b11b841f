import { type Fault, pointerOf } from './faults.js';

/** Deeper than this nothing of ours is; reading it would only burn time. */
export const DEEPEST_NESTING = 64;

/** NUL, which PostgreSQL cannot store, and halves of surrogate pairs, which UTF-8 cannot. */
const UNWRITABLE = /[\0\p{Surrogate}]/u;
export const isWritable = (text: string): boolean => !UNWRITABLE.test(text);

/** An answer has to end somewhere: a hostile body of 10 MB can hold a million faults. */
const MOST_FAULTS = 20_000;
const LONGEST_POINTERS = 2_000_000;

/**
 * Text that cannot be stored and nesting beyond reason, anywhere in parsed JSON: also in keys and in
 * members that are dropped, for the contract refuses the text, not the use made of it.
 */
export function textFaults(raw: unknown, index: number): Fault[] {
  // The common case allocates nothing.
  return isPlain(raw, 0) ? [] : listed(raw, index);
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isWritable(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === DEEPEST_NESTING) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  for (const key in value) {
    if (!isWritable(key) || !isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

function listed(raw: unknown, index: number): Fault[] {
  const faults: Fault[] = [];
  const path: PropertyKey[] = [];
  let written = 0;
  const add = (code: Fault['code'], detail: string) => {
    if (faults.length >= MOST_FAULTS || written >= LONGEST_POINTERS) return;
    const pointer = pointerOf(path);
    written += pointer.length;
    faults.push({ index, pointer, code, detail });
  };
  const visit = (value: unknown) => {
    if (typeof value === 'string') {
      if (!isWritable(value)) add('bad-text', 'Holds NUL or half of a surrogate pair.');
    } else if (typeof value === 'object' && value !== null) {
      if (path.length === DEEPEST_NESTING) {
        add('too-deep', `Nested deeper than ${DEEPEST_NESTING} levels.`);
        return;
      }
      for (const [key, member] of Object.entries(value)) {
        path.push(key);
        if (!isWritable(key)) add('bad-text', 'The name holds NUL or half of a surrogate pair.');
        visit(member);
        path.pop();
      }
    }
  };
  visit(raw);
  return faults;
}
