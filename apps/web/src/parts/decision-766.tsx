import { useResource } from '../api.js';
import { decision766Path, type Decision766 as Inputs, type FormQuestion } from '../form-06a.js';
import { NO_FIGURE } from '../format.js';
import { usePage } from '../page.js';
import type { Rate } from '../figures.js';
import { FORM_TEXTS } from '../texts-form.js';
import { ListLink, type ListTarget, rateLists, RateLinks, withFigures } from './list-link.js';
import { Failure, Loading } from './notice.js';

/** What goes into group 2.1 of the index, beside rate (a), and why the two differ. */
export function Decision766({ question, target }: { question: FormQuestion; target: ListTarget }) {
  const { address, text } = usePage();
  const words = FORM_TEXTS[address.language];
  const { data, error, retry } = useResource<Inputs>(decision766Path(question));
  return (
    <section className="card decision-766" aria-labelledby="decision-766">
      <h2 id="decision-766">{words.decision}</h2>
      {data === null ? (
        error === null ? (
          <Loading />
        ) : (
          <Failure error={error} retry={retry} />
        )
      ) : (
        <>
          <Sentences total={data.total} target={target} />
          <div
            className="table-scroll"
            role="region"
            aria-label={`${words.decision}: ${text.tableScroll}`}
            tabIndex={0}
          >
            <table className="figures plain">
              <caption className="unseen">{words.decision}</caption>
              <thead>
                <tr>
                  <th scope="col">{words.input}</th>
                  <th scope="col">{words.figure}</th>
                  <th scope="col">{words.inDecision}</th>
                  <th scope="col">{words.inRateA}</th>
                </tr>
              </thead>
              <tbody>
                {data.total.inputs.map(({ name, count: n, decision, rateA }) => (
                  <tr key={name} data-key={name}>
                    <th scope="row">{words.inputs[name] ?? name}</th>
                    <td>
                      <ListLink behind={LIST_OF_INPUT[name]} value={n} target={target} />
                    </td>
                    <td>{words.countedIn[decision]}</td>
                    <td>{words.countedIn[rateA]}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <h3>{words.whyDifferent}</h3>
          <ul className="reasons">
            {data.differences.map((reason) => (
              <li key={reason.code}>{reason[address.language]}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** What each input holds, by its figure in a report's line. */
const LIST_OF_INPUT: Record<string, readonly string[]> = {
  resolvedEarly: ['resolved.early'],
  resolvedOnTime: ['resolved.onTime'],
  resolvedLate: ['resolved.late'],
  openInTime: ['open.inTime'],
  pausedInTime: ['open.pausedInTime'],
  openOverdue: ['open.overdue'],
  pausedPastDue: ['open.pausedPastDue'],
  resolvedNoDueDate: ['resolved.noDueDate'],
  openNoDueDate: ['open.noDueDate'],
  closedOtherwise: ['closedOtherwise.total'],
};

function Sentences({ total, target }: { total: Inputs['total']; target: ListTarget }) {
  const { address, percent } = usePage();
  const words = FORM_TEXTS[address.language];
  const decimals = (value: number): string =>
    value.toFixed(2).replace('.', address.language === 'vi' ? ',' : '.');
  const of = (rate: Rate, formula: 'a' | 'c') => (
    <RateLinks rate={rate} lists={rateLists(formula)} target={target} inWords />
  );
  const { ratio, rateA, points, difference } = total;
  const apart = decimals(Math.abs(difference ?? 0) / 100);
  return (
    <p>
      {withFigures(
        words.decisionSentence,
        percent(ratio.percent),
        of(ratio, 'c'),
        points === null ? NO_FIGURE : decimals(points),
      )}{' '}
      {difference !== null &&
        withFigures(
          words.decisionDifference,
          percent(rateA.percent),
          of(rateA, 'a'),
          difference === 0 ? words.equal : difference > 0 ? words.higher(apart) : words.lower(apart),
        )}
    </p>
  );
}
