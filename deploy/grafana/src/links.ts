import type { Link } from './panels.js';
import { KEPT } from './variables.js';

// Ways from a value to what stands behind it; `${page}` leads out of Grafana, to the page of reports.

const agencyBoard = (agency: string): string => `/d/dunghan-agency?var-agency=${agency}&${KEPT}`;

/** From a series that names an agency to what that agency has to do. */
export const SERIES_AGENCY: Link = {
  title: 'Chỉ xem cơ quan này',
  url: agencyBoard('${__field.labels.agency}'),
};

/** The same from a cell that holds an agency. */
export const CELL_AGENCY: Link = {
  title: 'Hồ sơ của cơ quan này',
  url: agencyBoard('${__value.raw:percentencode}'),
};

/** From a row with source and code to the dossier, and how its deadline came about. */
export const DOSSIER: Link = {
  title: 'Mở hồ sơ',
  url: '${page}/ho-so/${__data.fields.source:percentencode}/${__data.fields.code:percentencode}',
};

/** From a cell that holds the name of an alert to what to do about it. */
export const RUNBOOK: Link = { title: 'Hướng dẫn xử lý', url: '${page}/runbooks/${__value.raw}.md' };
