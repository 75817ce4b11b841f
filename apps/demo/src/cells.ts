import { writeFile } from 'node:fs/promises';
import type { HttpClient } from './http.js';
import { type TimelinessReport, YEAR } from './report.js';

const CHANNELS = ['counter', 'online', 'post'] as const;
const SIDE_BY_SIDE = 4;

/**
 * Writes every cell of the year's reports to a file, a line each and always in the same order, so that `diff` compares
 * two runs: agencies by procedure and by month within each channel; procedures and domains by month; and their sums.
 *
 * @returns how many cells
 */
export async function writeCells(client: HttpClient, intake: HttpClient, file: string): Promise<number> {
  const { agencies } = await intake.get<{ agencies: { id: string }[] }>('/v1/catalogue/agencies');
  const months = Array.from({ length: 12 }, (_, nth) => {
    const month = String(nth + 1).padStart(2, '0');
    const days = new Date(Date.UTC(2018, nth + 1, 0)).getUTCDate();
    return `from=2018-${month}-01&to=2018-${month}-${days}`;
  });
  const queries = [
    ...[YEAR, ...months].flatMap((period) =>
      ['agency&flat=true', 'procedure', 'domain', 'channel'].map((by) => `${period}&by=${by}`),
    ),
    ...agencies.flatMap(({ id }) =>
      CHANNELS.flatMap((channel) =>
        ['procedure', 'month'].map((by) => `${YEAR}&by=${by}&agency=${id}&channel=${channel}`),
      ),
    ),
  ];
  const lines: string[][] = [];
  let next = 0;
  const ask = async () => {
    for (let nth = next++; nth < queries.length; nth = next++) {
      const query = queries[nth] as string;
      const { total, rows } = await client.get<TimelinessReport>(`/v1/reports/timeliness?${query}`);
      lines[nth] = [{ key: '', ...total }, ...rows].map((row) => `${query} ${JSON.stringify(row)}`);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, ask));
  await writeFile(file, lines.flat().join('\n') + '\n');
  return lines.flat().length;
}
