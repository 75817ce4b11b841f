import type { z } from 'zod';

/** What can be wrong with an event or a catalogue body; stable, programs may switch on it. */
export const FAULT_CODES = [
  'not-json',
  'invalid-utf8',
  'bad-text',
  'too-deep',
  'missing',
  'wrong-type',
  'bad-value',
  'bad-instant',
  'bad-date',
  'bad-length',
  'out-of-range',
  'unknown-type',
  'unknown-member',
  'duplicate',
  'overlap',
  'circular-parent',
  'unknown-agency',
  'unknown-procedure',
  'time-in-future',
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

/** One fault of one item of a request. `pointer` is a JSON pointer (RFC 6901). */
export interface Fault {
  /** Place in the batch; 0 for a single item. */
  index: number;
  pointer: string;
  code: FaultCode;
  /** English, for the engineer of the sending system. Never repeats values: they may name people. */
  detail: string;
}

/** Codes that need the catalogue or the clock; every other fault is one of form. */
const SEMANTIC: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'unknown-agency',
  'unknown-procedure',
  'time-in-future',
  'circular-parent',
]);
export const isFormFault = (fault: Fault): boolean => !SEMANTIC.has(fault.code);

/**
 * Keys longer than this are not spelled out: the pointer then names the object they stand in. A
 * hostile body could otherwise make the answer thousands of times its own size.
 */
const LONGEST_KEY = 256;

export function pointerOf(path: readonly PropertyKey[]): string {
  let pointer = '';
  for (const key of path) {
    const token = String(key);
    if (token.length > LONGEST_KEY) break;
    pointer += '/' + token.replaceAll('~', '~0').replaceAll('/', '~1');
  }
  // A key with half a surrogate pair cannot be written in UTF-8; U+FFFD stands for it.
  return pointer.replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** The value a path leads to in parsed JSON; undefined where nothing is. Own members only. */
function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Custom checks of a schema put their fault code here. */
export const withCode = (code: FaultCode): { params: { code: FaultCode } } => ({ params: { code } });

const CODES: Partial<Record<z.core.$ZodIssue['code'], FaultCode>> = {
  invalid_type: 'wrong-type',
  invalid_union: 'wrong-type',
  too_small: 'out-of-range',
  too_big: 'out-of-range',
  not_multiple_of: 'out-of-range',
};
function codeOf(issue: z.core.$ZodIssue): FaultCode {
  const own = issue.code === 'custom' ? (issue.params as { code?: FaultCode } | undefined)?.code : undefined;
  return own ?? CODES[issue.code] ?? 'bad-value';
}

/** Zod's issues as faults. An issue about something that is not there is `missing`, whatever else it says. */
export function faultsOfIssues(raw: unknown, index: number, issues: readonly z.core.$ZodIssue[]): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        index,
        pointer: pointerOf([...issue.path, key]),
        code: 'unknown-member',
        detail: 'There is no such member.',
      }));
    }
    const pointer = pointerOf(issue.path);
    if (issue.path.length > 0 && valueAt(raw, issue.path) === undefined) {
      return [{ index, pointer, code: 'missing', detail: 'This member is required.' }];
    }
    return [{ index, pointer, code: codeOf(issue), detail: issue.message }];
  });
}
