import type { Fact, OrdinaryFact } from './facts.js';

/** Byte order of the UTF-8 forms, which UTF-16 code units do not have above the surrogates. */
export function compareBytewise(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points beyond U+FFFF, so they come after U+E000–U+FFFF.
    const lift = (unit: number): number =>
      unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
    return lift(x) - lift(y);
  }
  return a.length - b.length;
}

type Key = Pick<Fact, 'time' | 'sequence' | 'id'>;

/** The order of facts of one dossier: (time, sequence, id in byte order), whatever the order of arrival. */
export const compareFacts = (a: Key, b: Key): number =>
  a.time - b.time || a.sequence - b.sequence || compareBytewise(a.id, b.id);

export const isAmendment = (fact: Fact): fact is Exclude<Fact, OrdinaryFact> =>
  fact.type === 'corrected' || fact.type === 'retracted';

/**
 * What became of a fact once corrections and retractions are worked in.
 * - `in-force`: as it was told; for an amendment: it has done its work
 * - `corrected`: in force with the content a correction gave it
 * - `retracted`: taken back, never happened
 * - `superseded`: a correction that a newer one, or a retraction of its event, makes idle
 * - `waiting`: an amendment naming an event that has not arrived
 * - `no-effect`: an amendment that may not act on what it names
 */
export type FactStatus = 'in-force' | 'corrected' | 'retracted' | 'superseded' | 'waiting' | 'no-effect';

export interface EffectiveFact {
  /** With the content in force; its own id, sequence and calendar version. */
  fact: Fact;
  /** As it was told. */
  told: Fact;
  status: FactStatus;
  /** Id of the amendment that corrected, retracted or superseded it. */
  by: string | null;
}

/** Of several facts with one id the first given counts. */
export function withoutDuplicates(facts: readonly Fact[]): Fact[] {
  const seen = new Set<string>();
  return facts.filter((fact) => seen.size !== seen.add(fact.id).size);
}

/**
 * Works corrections and retractions into a history and gives every fact once, in the order of facts.
 * Amendments are worked from the newest to the oldest: one that a newer one has taken back has no
 * effect; of several corrections of one event the newest counts; a standing retraction removes the
 * event whatever corrections it has; nothing corrects an amendment.
 */
export function effectiveFacts(facts: readonly Fact[]): EffectiveFact[] {
  const told = withoutDuplicates(facts).sort(compareFacts);
  const position = new Map(told.map((fact, i) => [fact.id, i]));
  const result = told.map((fact): EffectiveFact => ({ fact, told: fact, status: 'in-force', by: null }));
  const corrections: { correction: EffectiveFact; of: EffectiveFact }[] = [];

  for (let i = told.length - 1; i >= 0; i--) {
    const amendment = result[i]!;
    const { fact } = amendment;
    if (!isAmendment(fact) || amendment.status === 'retracted') continue;
    const at = position.get(fact.data.event);
    const target = at === undefined ? undefined : result[at]!;
    if (target === undefined) {
      amendment.status = 'waiting';
    } else if (isAmendment(target.told)) {
      // Those not newer have been worked already; only an older one can still be taken back.
      if (fact.type === 'corrected' || at! >= i) amendment.status = 'no-effect';
      else if (target.status === 'in-force') Object.assign(target, { status: 'retracted', by: fact.id });
    } else if (fact.type === 'retracted') {
      if (target.status !== 'retracted') Object.assign(target, { status: 'retracted', by: fact.id });
    } else {
      corrections.push({ correction: amendment, of: target });
    }
  }
  // Newest first, so the first one to find its event untouched is the one that counts.
  for (const { correction, of } of corrections) {
    if (of.status !== 'in-force') {
      Object.assign(correction, { status: 'superseded', by: of.by });
    } else if (correction.fact.type === 'corrected') {
      const { content, time } = correction.fact.data;
      const { id, sequence, recordedAt, calendarVersion } = of.told;
      of.fact = { id, sequence, recordedAt, calendarVersion, time, ...content };
      Object.assign(of, { status: 'corrected', by: correction.fact.id });
    }
  }
  return result.sort((a, b) => compareFacts(a.fact, b.fact));
}
