import type { ReportKind } from '../compose.js';
import { exportPath } from '../issued-api.js';
import { usePage } from '../page.js';
import { DownloadLinks } from './download-links.js';

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
  const files = (['xlsx', 'csv', 'pdf'] as const).map((format) => ({
    label: format.toUpperCase(),
    path: exportPath(kind, format, question),
  }));
  return (
    <DownloadLinks
      title={text.download}
      files={[
        ...files,
        ...(original === undefined ? [] : [{ label: `${text.asIssued} (JSON)`, path: original }]),
      ]}
    >
      <button type="button" onClick={() => window.print()}>
        {text.print}
      </button>
    </DownloadLinks>
  );
}
