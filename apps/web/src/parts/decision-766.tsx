import { useResource } from '../api.js';
import { decision766Path, type Decision766 as Inputs, type FormQuestion } from '../form-06a.js';
import { NO_FIGURE } from '../format.js';
import { usePage } from '../page.js';
import { FORM_TEXTS } from '../texts-form.js';
import { Failure, Loading } from './notice.js';

/** What goes into group 2.1 of the index, beside rate (a), and why the two differ. */
export function Decision766({ question }: { question: FormQuestion }) {
  const { address, text, count } = usePage();
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
          <Sentences total={data.total} />
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
                    <td>{count(n)}</td>
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

function Sentences({ total }: { total: Inputs['total'] }) {
  const { address, count, percent } = usePage();
  const words = FORM_TEXTS[address.language];
  const decimals = (value: number): string =>
    value.toFixed(2).replace('.', address.language === 'vi' ? ',' : '.');
  const of = ({ numerator, denominator }: { numerator: number; denominator: number }): string =>
    `${count(numerator)}/${count(denominator)}`;
  const { ratio, rateA, points, difference } = total;
  const apart = decimals(Math.abs(difference ?? 0) / 100);
  return (
    <p>
      {words.decisionSentence(
        percent(ratio.percent),
        of(ratio),
        points === null ? NO_FIGURE : decimals(points),
      )}{' '}
      {difference !== null &&
        words.decisionDifference(
          percent(rateA.percent),
          of(rateA),
          difference === 0 ? words.equal : difference > 0 ? words.higher(apart) : words.lower(apart),
        )}
    </p>
  );
}
