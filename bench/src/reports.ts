import { SyntheticDossiers } from './dossiers.js';
import { options } from './options.js';
import { spread } from './percentiles.js';
import { say } from './say.js';
import { withStandalone } from './servers.js';
import { call, caughtUp, putCatalogue, sendAll } from './workload.js';

/** Reports over many dossiers with 20 clients. */
export async function reports(): Promise<void> {
  await withStandalone(async ({ url }) => {
    await putCatalogue(url);
    const dossiers = await SyntheticDossiers.load();
    const started = performance.now();
    for (let done = 0; done < options.dossiers;) {
      const bodies = Array.from({ length: 20 }, () => dossiers.batch(2_500));
      await sendAll(url, bodies);
      done += 50_000;
      process.stderr.write(`\rloading ${done} of ${options.dossiers} dossiers`);
    }
    await caughtUp(url);
    process.stderr.write('\r\u001b[K');
    say('loaded', `${options.dossiers} dossiers in ${((performance.now() - started) / 1_000).toFixed(0)} s`);
    const questions = reportQuestions(dossiers.keys);
    await reportTimes(url, questions.slice(0, 200), 4);
    say('reports, 1 client', spread(await reportTimes(url, questions.slice(0, 400), 1)));
    say('reports, 20 clients', spread(await reportTimes(url, questions, 20)));
  });
}

/** Questions a leader's page asks: the province, an agency, procedures, months, a channel. */
function reportQuestions({ agencies, procedures }: SyntheticDossiers['keys']): string[] {
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
async function reportTimes(url: string, questions: readonly string[], clients: number): Promise<number[]> {
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
