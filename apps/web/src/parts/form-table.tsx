import { valueOf, type Form06a, type FormRow } from '../form-06a.js';
import { usePage } from '../page.js';
import { reportLists, type ReportScope } from '../report-lists.js';
import { FORM_TEXTS } from '../texts-form.js';
import { ListLink, type ListTarget } from './list-link.js';

/** The thirteen columns of form II.06a under the headings of the circular, with the numbers below them. */
export function FormTable({ form, scope }: { form: Form06a; scope: ReportScope }) {
  const { address, text } = usePage();
  const words = FORM_TEXTS[address.language];
  const sub = (number: number, rows = 1) => (
    <th key={number} scope="col" rowSpan={rows}>
      {words.columns[number]}
    </th>
  );
  return (
    <div className="table-scroll" role="region" aria-label={text.tableScroll} tabIndex={0}>
      <table className="form-table">
        <caption className="unseen">{words.formNumber(form.form)}</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={3}>
              {words.nth}
            </th>
            <th scope="col" rowSpan={3}>
              {words.name[form.by]}
            </th>
            <th scope="colgroup" colSpan={4}>
              {words.received}
            </th>
            <th scope="colgroup" colSpan={4}>
              {words.resolved}
            </th>
            <th scope="colgroup" colSpan={3}>
              {words.open}
            </th>
          </tr>
          <tr>
            {sub(3, 2)}
            <th scope="colgroup" colSpan={2}>
              {words.inPeriod}
            </th>
            {[6, 7, 8, 9, 10, 11, 12, 13].map((number) => sub(number, 2))}
          </tr>
          <tr>{[4, 5].map((number) => sub(number))}</tr>
          <tr className="numbers">
            <td>(1)</td>
            <td>(2)</td>
            {form.columns.map(({ number, is }) => (
              <td key={number}>
                ({number}){is !== null && `=${is.replace(/\d+/g, '($&)')}`}
              </td>
            ))}
          </tr>
        </thead>
        <tbody>
          {form.rows.map((row, nth) => (
            <tr key={row.key} data-key={row.key}>
              <td>{nth + 1}</td>
              <th scope="row" lang="vi">
                {row.name}
              </th>
              <Cells form={form} row={row} target={reportLists(scope, row.key)} of={row.name} />
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td />
            <th scope="row">{words.total}</th>
            <Cells form={form} row={form.total} target={reportLists(scope, null)} of={words.total} />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Cells({ form, row, target, of }: { form: Form06a; row: FormRow; target: ListTarget; of: string }) {
  return form.columns.map(({ number, group, name, figures }) => {
    const value = valueOf(row, group, name);
    return (
      <td key={number} data-column={number} className={value === 0 ? 'zero' : undefined}>
        <ListLink behind={figures} value={value} target={target} of={of} />
      </td>
    );
  });
}
