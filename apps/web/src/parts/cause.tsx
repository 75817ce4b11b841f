import type { Language } from '../address.js';
import { useResource } from '../api.js';
import type { DossierStory } from '../dossier-story.js';
import { formatMinute, NO_FIGURE, parseInstant } from '../format.js';
import { usePage } from '../page.js';

interface CauseList {
  causes: { code: string; vi: string; en: string }[];
}
export type Causes = CauseList['causes'];

export const useCauses = (): Causes => useResource<CauseList>('/v1/overdue-causes').data?.causes ?? [];

/** A code in words; one that the list has lost stands for itself. */
export const causeName = (causes: Causes, code: string, language: Language): string =>
  causes.find((one) => one.code === code)?.[language] ?? code;

/** Why the dossier is late, and who said so when; nothing where nobody ever has. */
export function Cause({ cause }: { cause: NonNullable<DossierStory['overdueCause']> }) {
  const { address, text } = usePage();
  const causes = useCauses();
  if (cause.history.length === 0) return null;
  const words = (code: string | null) =>
    code === null ? NO_FIGURE : causeName(causes, code, address.language);
  return (
    <section className="card cause" aria-labelledby="cause-title">
      <h2 id="cause-title">{text.lists.cause}</h2>
      <p>
        <strong>{cause.cause === null ? text.lists.noCause : words(cause.cause)}</strong>
      </p>
      <details>
        <summary>{text.lists.causeHistory}</summary>
        <ol>
          {cause.history.map(({ at, before, cause: after, by }, index) => {
            const instant = parseInstant(at);
            return (
              <li key={index}>
                {text.lists.causeEntry(
                  instant === null ? at : formatMinute(instant),
                  by,
                  words(before),
                  words(after),
                )}
              </li>
            );
          })}
        </ol>
      </details>
    </section>
  );
}
