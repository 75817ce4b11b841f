import { ProblemError } from '#libs/contracts';
import { metrics, type ReportKind } from './metrics.js';

/** Makes a report, measured. Whoever asked wrongly is told so; that is no failure of ours. */
export async function measured<Report>(kind: ReportKind, make: () => Promise<Report>): Promise<Report> {
  const started = performance.now();
  const report = await make().catch((error: unknown) => {
    if (!(error instanceof ProblemError)) metrics.reportFailed(kind);
    throw error;
  });
  metrics.reported(kind, (performance.now() - started) / 1_000);
  return report;
}
