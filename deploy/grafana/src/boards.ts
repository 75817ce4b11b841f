import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { board } from './board.js';
import { agencyBoard } from './boards/agency.js';
import { alertsBoard } from './boards/alerts.js';
import { objectivesBoard } from './boards/objectives.js';
import { pipelineBoard } from './boards/pipeline.js';
import { timeBoard } from './boards/time.js';
import { timelinessBoard } from './boards/timeliness.js';
import { truthBoard } from './boards/truth.js';

const DESCRIPTIONS = [
  agencyBoard,
  timelinessBoard,
  pipelineBoard,
  timeBoard,
  truthBoard,
  objectivesBoard,
  alertsBoard,
];

/**
 * Every board.
 * @param page address of the page of reports, dossiers and runbooks, without a slash at its end
 */
export const boards = (page: string): Dashboard[] =>
  DESCRIPTIONS.map((description) => board(description, page));
