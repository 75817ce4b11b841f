import type { ReportKind } from '../compose.js';
import { exportPath } from '../issued-api.js';
import { usePage } from '../page.js';

/** The same figures as files; and on paper, as the page prints itself. */
export function Downloads({
  kind,
  question,
  original,
}: {
  kind: ReportKind;
  question: Record<string, string>;
  /** Where the report is to the letter, once it is issued. */
  original?: string;
}) {
  const { text } = usePage();
  return (
    <p className="downloads screen-only">
      <span>{text.download}:</span>
      {(['xlsx', 'csv', 'pdf'] as const).map((format) => (
        <a key={format} href={exportPath(kind, format, question)} download>
          {format.toUpperCase()}
        </a>
      ))}
      {original !== undefined && (
        <a href={original} download>
          {text.asIssued} (JSON)
        </a>
      )}
      <button type="button" onClick={() => window.print()}>
        {text.print}
      </button>
    </p>
  );
}
