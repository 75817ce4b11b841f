import type { Formula } from '../compose.js';
import type { Row } from '../figures.js';
import {
  type AnyReport,
  type FormReport,
  type FormRow,
  isForm,
  type TimelinessReport,
} from '../issued-api.js';
import { usePage } from '../page.js';
import { figureWords } from '../report-words.js';
import { RateLight } from './status.js';
import './reports.css';

/** Columns of the timeliness report, by their path in a line. */
const FIGURES = [
  'carriedOver',
  'received.total',
  'reopened',
  'resolved.total',
  'resolved.early',
  'resolved.onTime',
  'resolved.late',
  'closedOtherwise.total',
  'open.total',
  'open.inTime',
  'open.overdue',
  'open.paused',
] as const;

/** The figures of a report, as previewed or as issued: nothing is sorted, cut or left out. */
export function ReportTable({ report, formula }: { report: AnyReport; formula: Formula }) {
  const { text } = usePage();
  return (
    <div className="table-scroll report-table" role="region" aria-label={text.reportTable} tabIndex={0}>
      {isForm(report) ? <FormTable form={report} /> : <TimelinessTable report={report} formula={formula} />}
    </div>
  );
}

function TimelinessTable({ report, formula }: { report: TimelinessReport; formula: Formula }) {
  const { text, count, percent } = usePage();
  const cells = (row: Row) => {
    const rate = row.rates[formula];
    return (
      <>
        {FIGURES.map((figure) => {
          const value = valueOf(row, figure);
          return (
            <td key={figure} data-figure={figure} className={value === 0 ? 'zero' : undefined}>
              {count(value)}
            </td>
          );
        })}
        <td data-figure="rate" className="rate-cell">
          <span className="small-n">
            {rate.percent === null ? '' : `${count(rate.numerator)}/${count(rate.denominator)}`}
          </span>{' '}
          <span className="rate-value">{percent(rate.percent)}</span> <RateLight rate={rate} terse />
        </td>
      </>
    );
  };
  return (
    <table className="figures">
      <caption className="unseen">{text.reportTable}</caption>
      <thead>
        <tr>
          <th scope="col">{text.rowsOf[report.by ?? ''] ?? ''}</th>
          {FIGURES.map((figure) => (
            <th key={figure} scope="col">
              {figureWords(figure, null, text)}
            </th>
          ))}
          <th scope="col">{text.rateNamed(formula)}</th>
        </tr>
      </thead>
      <tbody>
        {report.rows.map((row) => (
          <tr key={row.key} data-key={row.key}>
            <th scope="row" lang="vi">
              {row.name ?? row.key}
            </th>
            {cells(row)}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr data-key="total">
          <th scope="row">{text.total}</th>
          {cells(report.total)}
        </tr>
      </tfoot>
    </table>
  );
}

function FormTable({ form }: { form: FormReport }) {
  const { text, count } = usePage();
  const groups = ['received', 'resolved', 'open'] as const;
  const cells = (row: FormRow) =>
    form.columns.map(({ number, group, name }) => {
      const value = row[group][name] ?? 0;
      return (
        <td key={number} data-figure={`${group}.${name}`} className={value === 0 ? 'zero' : undefined}>
          {count(value)}
        </td>
      );
    });
  return (
    <table className="figures">
      <caption className="unseen">{text.reportKinds['form-06a']}</caption>
      <thead>
        <tr>
          <th scope="col" rowSpan={2}>
            {text.rowsOf[form.by] ?? form.by}
          </th>
          {groups.map((group) => (
            <th
              key={group}
              scope="colgroup"
              className="group"
              colSpan={form.columns.filter((column) => column.group === group).length}
            >
              {text.formGroups[group]}
            </th>
          ))}
        </tr>
        <tr>
          {form.columns.map(({ number, title, is }) => (
            <th key={number} scope="col" lang="vi">
              {title.replace(/^[^:]*: /, '')}{' '}
              <span className="small-n">
                ({number}){is !== null && ` = ${is}`}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {form.rows.map((row) => (
          <tr key={row.key} data-key={row.key}>
            <th scope="row" lang="vi">
              {row.name}
            </th>
            {cells(row)}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr data-key="total">
          <th scope="row">{text.total}</th>
          {cells(form.total)}
        </tr>
      </tfoot>
    </table>
  );
}

function valueOf(row: Row, figure: (typeof FIGURES)[number]): number {
  const [group, part] = figure.split('.') as [keyof Row, string | undefined];
  const value = row[group];
  return typeof value === 'number' ? value : ((value as Record<string, number>)[part ?? 'total'] ?? 0);
}
