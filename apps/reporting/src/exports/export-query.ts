import { type Fault, ProblemError } from '#libs/contracts';
import { QueryReader, type RawQuery } from '../reports/report-query.js';
import { type Separator, SEPARATORS } from './csv.js';
import { type Language, LANGUAGES } from './table.js';

export type Format = 'xlsx' | 'csv' | 'pdf';

/** What an export asks for beside the question that it shares with its report. */
export interface ExportChoice {
  format: Format;
  language: Language;
  separator: Separator;
}

/**
 * Splits a query into how to write and what to write, and names the faults of both at once.
 *
 * @param read reads the rest as the report does, and throws its faults as a ProblemError
 */
export async function readExportQuery<Question>(
  raw: RawQuery,
  formats: readonly Format[],
  read: (rest: RawQuery) => Question | Promise<Question>,
): Promise<{ choice: ExportChoice; question: Question }> {
  const { format, lang, separator, ...rest } = raw;
  const reader = new QueryReader({ format, lang, separator }, ['format', 'lang', 'separator']);
  const choice = {
    format: reader.oneOf('format', formats),
    language: reader.oneOf('lang', LANGUAGES) ?? 'vi',
    separator: reader.oneOf('separator', Object.keys(SEPARATORS) as Separator[]),
  };
  if (reader.text('format') === undefined) {
    reader.fault('format', 'missing', `Must be one of ${formats.join(', ')}.`);
  } else if (choice.separator !== undefined && choice.format !== 'csv') {
    reader.fault('separator', 'bad-value', 'Is for format=csv only.');
  }
  let question: Question | undefined;
  try {
    question = await read(rest);
  } catch (error) {
    const faults: Fault[] | undefined = error instanceof ProblemError ? error.errors : undefined;
    if (!faults) throw error;
    reader.faults.push(...faults);
  }
  reader.done();
  return {
    choice: { ...choice, format: choice.format as Format, separator: choice.separator ?? 'comma' },
    question: question as Question,
  };
}
