import type { DossierState } from '#libs/dossier';
import type { Step } from './dossier-record.js';

export const DEADLINE_CAUSES = ['new', 'pause', 'resume', 'extend', 'correct', 'calendar'] as const;
export type DeadlineCause = (typeof DEADLINE_CAUSES)[number];

/**
 * Why a step computed the deadline, or whether it runs: the first of acceptance (`new`), an edited calendar, a
 * change of what was known (`correct`: an amendment or an event that came late), an extension, a pause, its end.
 * A step is what was recorded together, so it has one cause. Undefined: it left the deadline as it was.
 *
 * @param foldedWhole the history was taken anew, because only that was right
 */
export function deadlineCause(
  before: DossierState | undefined,
  step: Step,
  after: DossierState,
  foldedWhole: boolean,
): DeadlineCause | undefined {
  // A calendar edit computes it again, whether or not the same comes out.
  if (step.facts.length === 0) return 'calendar';
  if (!before || before.acceptedAt === null) return after.acceptedAt === null ? undefined : 'new';
  if (foldedWhole) return clockOf(before) === clockOf(after) ? undefined : 'correct';
  if (after.extensionCount !== before.extensionCount) return 'extend';
  if (after.pausedSince !== before.pausedSince) return after.pausedSince === null ? 'resume' : 'pause';
  // What is left is a new date given with a reopening, or while another reason is outstanding.
  return clockOf(before) === clockOf(after) ? undefined : 'extend';
}

const clockOf = ({ dueDay, dueAt, overdueFrom, pausedSince }: DossierState): string =>
  [dueDay, dueAt, overdueFrom, pausedSince].join();
