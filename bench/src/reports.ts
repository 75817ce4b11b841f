import type { SyntheticDossiers } from './dossiers.js';
import { call } from './workload.js';

/** Questions a leader's page asks: the province, an agency, procedures, months, a channel. */
export function reportQuestions({ agencies, procedures }: SyntheticDossiers['keys']): string[] {
  const questions: string[] = [];
  for (let n = 0; n < 200; n += 1) {
    const agency = agencies[(n * 5) % agencies.length] as string;
    const procedure = procedures[(n * 3) % procedures.length] as string;
    const month = String((n % 12) + 1).padStart(2, '0');
    const [year, aMonth] = ['from=2018-01-01&to=2018-12-31', `from=2018-${month}-01&to=2018-${month}-28`];
    questions.push(
      `${year}&by=agency`,
      `${aMonth}&by=agency&agency=${agency}`,
      `${year}&by=month&agency=${agency}`,
      `${year}&by=procedure&agency=${agency}`,
      `${year}&by=procedure`,
      `${aMonth}&by=domain`,
      `${aMonth}&by=channel`,
      `${year}&by=month&procedure=${procedure}`,
    );
  }
  return questions;
}

/** Milliseconds per report with a number of clients who ask without a pause. */
export async function reportTimes(
  url: string,
  questions: readonly string[],
  clients: number,
): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const client = async () => {
    while (next < questions.length) {
      const question = questions[next++] as string;
      const started = performance.now();
      const { status, body } = await call(`${url}/v1/reports/timeliness?${question}`);
      times.push(performance.now() - started);
      if (status !== 200) throw new Error(`report ${question}: ${status} ${body.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return times;
}
