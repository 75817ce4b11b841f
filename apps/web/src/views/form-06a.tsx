import { useResource } from '../api.js';
import { serverNow } from '../clock.js';
import { formFilePath, formPath, IDENTITIES, valueOf, type Form06a, type FormQuestion } from '../form-06a.js';
import { formatDate, formatInstant, parseInstant } from '../format.js';
import { useAgencies } from '../names.js';
import { Link, usePage } from '../page.js';
import { Decision766 } from '../parts/decision-766.js';
import { DownloadLinks } from '../parts/download-links.js';
import { FormComposer } from '../parts/form-composer.js';
import { FormTable } from '../parts/form-table.js';
import { Icon } from '../parts/icon.js';
import { Failure, Loading, Stale } from '../parts/notice.js';
import { civilDateOf, periodOf } from '../period.js';
import { reportLists, type ReportScope } from '../report-lists.js';
import { FORM_TEXTS } from '../texts-form.js';
import { useTitle } from '../title.js';
import { scopeOf } from './overview.js';
import './form-06a.css';

/** Form II.06a/VPCP/KSTT: composed, shown as it is printed, its identities checked, and downloaded. */
export default function Form06aView() {
  const { address, text } = usePage();
  const words = FORM_TEXTS[address.language];
  const { tree, error: noTree, retry: retryTree } = useAgencies();
  const now = serverNow();
  const period = typeof address.period === 'string' ? periodOf(address.period, now) : address.period;
  const scope = tree === null ? address.agency : scopeOf(tree, address.agency);
  const question: FormQuestion = {
    choice: address.form,
    period,
    by: address.by === 'agency' ? 'agency' : 'domain',
    agency: scope,
  };
  // Without the tree it is not known yet whose form it is.
  const known = tree !== null || noTree !== null;
  const { data: form, error, retry } = useResource<Form06a>(known ? formPath(question) : null);
  const agency = scope === null ? text.allAgencies : (tree?.get(scope)?.name ?? scope);
  const bounds = form === null ? '' : text.bounds(formatDate(form.from), formatDate(form.to));
  useTitle(`${text.form06a} · ${agency}${bounds && ` · ${bounds}`}`);
  const asOf = parseInstant(form?.asOf);
  return (
    <div className="form-06a">
      {tree !== null && (
        <FormComposer
          period={form === null ? period : { from: form.from, to: form.to }}
          today={civilDateOf(now)}
          tree={tree}
          scope={scope}
        />
      )}
      {tree === null && noTree !== null && <Failure error={noTree} retry={retryTree} />}
      <header className="form-head">
        <p>
          <strong>{words.formNumber('II.06a/VPCP/KSTT')}</strong>
          <br />
          {words.legal}
        </p>
        <div>
          <h1 tabIndex={-1}>{words.title}</h1>
          <p className="bounds">
            <strong>{bounds}</strong> <span>{asOf === null ? '' : text.asOf(formatInstant(asOf))}</span>
          </p>
        </div>
        <p>
          {words.reportingUnit(agency)}
          <br />
          {words.unit}
        </p>
      </header>
      {address.form.asOf !== null && asOf !== null && (
        <p className="filter">
          {words.asOfPast(formatInstant(asOf))}{' '}
          <Link to={{ form: { ...address.form, asOf: null } }} className="screen-only">
            {words.toNow}
          </Link>
        </p>
      )}
      {form !== null && error !== null && asOf !== null && <Stale at={formatInstant(asOf)} retry={retry} />}
      {form === null ? (
        error === null ? (
          <Loading tall />
        ) : (
          <Failure error={error} retry={retry} />
        )
      ) : (
        <Shown form={form} question={question} />
      )}
    </div>
  );
}

function Shown({ form, question }: { form: Form06a; question: FormQuestion }) {
  const { address, text } = usePage();
  const words = FORM_TEXTS[address.language];
  const scope: ReportScope = {
    ...{ from: form.from, to: form.to, by: form.by, notes: form.notes },
    ...{ agency: question.agency, asOf: question.choice.asOf },
  };
  return (
    <>
      <DownloadLinks
        title={words.download}
        files={['xlsx', 'csv', 'pdf'].map((format) => ({
          label: format.toUpperCase(),
          path: formFilePath(question, form.asOf, format),
        }))}
      />
      {form.rows.length === 0 && <p className="empty">{words.noRows}</p>}
      <FormTable form={form} scope={scope} />
      <p className="fine">{text.boundsNote(formatDate(form.from), formatDate(form.to))}</p>
      <div className="halves">
        <Identities form={form} />
        <Mapping form={form} />
      </div>
      <Decision766 question={question} target={reportLists(scope, null)} />
    </>
  );
}

/** Each identity with the figures of the total, so that it can be added up by whoever reads it. */
function Identities({ form }: { form: Form06a }) {
  const { address, count } = usePage();
  const words = FORM_TEXTS[address.language];
  const { violations } = form.identities;
  const value = (number: number): number => {
    const column = form.columns.find((one) => one.number === number);
    return column ? valueOf(form.total, column.group, column.name) : 0;
  };
  const lines = IDENTITIES.map(({ left, parts }) => ({
    name: `${left} = ${parts.join(' + ')}`,
    figures: `${count(value(left))} = ${parts.map((part) => count(value(part))).join(' + ')}`,
    holds: value(left) === parts.reduce((sum, part) => sum + value(part), 0),
  }));
  const summed = { name: words.sums, figures: '', holds: violations.length === 0 };
  return (
    <section className="card" aria-labelledby="form-identities">
      <h2 id="form-identities">{words.identities}</h2>
      <ul className="identities">
        {[...lines, summed].map(({ name, figures, holds }) => (
          <li key={name}>
            <span className={`light ${holds ? 'good' : 'poor'}`}>
              <Icon name={holds ? 'good' : 'poor'} />
              {holds ? words.holds : words.broken}
            </span>{' '}
            <strong>{name}</strong> {figures}
          </li>
        ))}
      </ul>
      {violations.length > 0 && (
        <ul className="fault">
          {violations.map((violation) => (
            <li key={violation}>
              <code>{violation}</code>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Mapping({ form }: { form: Form06a }) {
  const { address } = usePage();
  const words = FORM_TEXTS[address.language];
  return (
    <section className="card" aria-labelledby="form-mapping">
      <h2 id="form-mapping">{words.mapping}</h2>
      <table className="plain mapping">
        <thead>
          <tr>
            <th scope="col">{words.figure}</th>
            <th scope="col">{words.intoColumn}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(form.mapping).map(([figure, name]) => {
            const column = form.columns.find((one) => one.name === name);
            return (
              <tr key={figure}>
                <th scope="row">{words.figures[figure] ?? figure}</th>
                <td>
                  {column
                    ? `(${column.number}) ${words[column.group]}: ${words.columns[column.number]}`
                    : name}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="fine">{words.mappingNote}</p>
    </section>
  );
}
