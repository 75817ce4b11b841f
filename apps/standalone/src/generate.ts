import { metricsPage } from './metrics-page.js';

/** The page of metrics, by path from the project's root. */
export const generated = (): Record<string, string> => ({ 'docs/metrics.md': metricsPage() });
