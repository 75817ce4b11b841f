import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { SERIES_AGENCY } from './links.js';
import { bars } from './panels.js';
import { latest } from './queries.js';

/** What the agencies that have least have left of this month's allowance of late dossiers. */
export const lateBudget = (
  most: number,
  about: { title: string; description: string; width: number },
): Builder<Panel> =>
  bars({
    ...about,
    unit: 'percentunit',
    queries: [
      latest(
        `sort(bottomk(${most}, max by (agency) (dossier_late_budget_remaining_ratio{period="month", agency=~"$agency"})))`,
        '{{agency}}',
      ),
    ],
    base: 'red',
    thresholds: [
      { from: 0, color: 'yellow' },
      { from: 0.5, color: 'green' },
    ],
    links: [SERIES_AGENCY],
  });
