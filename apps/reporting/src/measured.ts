import { ProblemError } from '#libs/contracts';
import { metrics, type ReportKind } from './metrics.js';

/** Makes a report, and tells how long that took or that it failed. */
export async function measured<Report>(kind: ReportKind, make: () => Promise<Report>): Promise<Report> {
  const started = performance.now();
  try {
    const report = await make();
    metrics.reported(kind, (performance.now() - started) / 1_000);
    return report;
  } catch (error) {
    // Whoever asked wrongly is told so; that is no failure of ours.
    if (!(error instanceof ProblemError)) metrics.reportFailed(kind);
    throw error;
  }
}
