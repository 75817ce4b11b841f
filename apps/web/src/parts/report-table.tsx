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
import { reportLists, type ReportScope } from '../report-lists.js';
import { ListLink, rateLists, RateLinks } from './list-link.js';
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

/**
 * The figures of a report, as previewed or as issued: nothing is sorted, cut or left out.
 * @param scope whose dossiers it counts, for the lists behind its figures
 */
export function ReportTable({
  report,
  formula,
  scope,
}: {
  report: AnyReport;
  formula: Formula;
  scope: ReportScope;
}) {
  const { text } = usePage();
  return (
    <div className="table-scroll report-table" role="region" aria-label={text.reportTable} tabIndex={0}>
      {isForm(report) ? (
        <FormTable form={report} scope={scope} />
      ) : (
        <TimelinessTable report={report} formula={formula} scope={scope} />
      )}
    </div>
  );
}

function TimelinessTable({
  report,
  formula,
  scope,
}: {
  report: TimelinessReport;
  formula: Formula;
  scope: ReportScope;
}) {
  const { text, percent } = usePage();
  const cells = (row: Row, key: string | null, label: string) => {
    const rate = row.rates[formula];
    const target = reportLists(scope, key);
    return (
      <>
        {FIGURES.map((figure) => {
          const value = valueOf(row, figure);
          return (
            <td key={figure} data-figure={figure} className={value === 0 ? 'zero' : undefined}>
              <ListLink behind={[figure]} value={value} target={target} of={label} />
            </td>
          );
        })}
        <td data-figure="rate" className="rate-cell">
          <span className="small-n">
            {rate.percent !== null && (
              <RateLinks rate={rate} lists={rateLists(formula)} target={target} of={label} />
            )}
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
            {cells(row, row.key, row.name ?? row.key)}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr data-key="total">
          <th scope="row">{text.total}</th>
          {cells(report.total, null, text.total)}
        </tr>
      </tfoot>
    </table>
  );
}

function FormTable({ form, scope }: { form: FormReport; scope: ReportScope }) {
  const { text } = usePage();
  const groups = ['received', 'resolved', 'open'] as const;
  const cells = (row: FormRow, key: string | null, label: string) =>
    form.columns.map(({ number, group, name, figures }) => {
      const value = row[group][name] ?? 0;
      return (
        <td key={number} data-figure={`${group}.${name}`} className={value === 0 ? 'zero' : undefined}>
          <ListLink behind={figures} value={value} target={reportLists(scope, key)} of={label} />
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
            {cells(row, row.key, row.name)}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr data-key="total">
          <th scope="row">{text.total}</th>
          {cells(form.total, null, text.total)}
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
