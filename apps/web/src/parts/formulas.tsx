import type { Report } from '../api.js';
import { useResource } from '../api.js';
import { FORMULAS_PATH, type FormulaRegistry } from '../comparison.js';
import type { Rate } from '../figures.js';
import { usePage } from '../page.js';
import { rateLists, RateLinks } from './list-link.js';
import './comparison.css';

/** Every rate of the period with its n, what is over what, and where that is written. */
export function Formulas({ report }: { report: Report }) {
  const { address, text, percent, number } = usePage();
  const { data } = useResource<FormulaRegistry>(FORMULAS_PATH);
  if (data === null) return null;
  const language = address.language;
  const percentOf = (value: number | null, decimals: number) =>
    value === null || decimals === 2 ? percent(value) : `${number(value, decimals)}\u00a0%`;
  const rates: Partial<Record<string, Rate>> = report.total.rates;
  return (
    <details className="card formulas">
      <summary>{text.formulas}</summary>
      <p className="fine">{text.formulasNote}</p>
      <div className="table-scroll" role="region" aria-label={text.formulas} tabIndex={0}>
        <table className="plain formula-table">
          <caption className="unseen">{text.formulas}</caption>
          <thead>
            <tr>
              <th scope="col">{text.formula}</th>
              <th scope="col">{text.value}</th>
              <th scope="col">{text.ofN}</th>
              <th scope="col">{text.numerator}</th>
              <th scope="col">{text.denominator}</th>
              <th scope="col">{text.sourceOfLaw}</th>
              <th scope="col">{text.remarks}</th>
            </tr>
          </thead>
          <tbody>
            {data.formulas.map((formula) => {
              const rate = rates[formula.id];
              return (
                <tr key={formula.id} data-rate={formula.id}>
                  <th scope="row">
                    {formula.name[language]}
                    <small>{text.formulaId(formula.id, formula.version)}</small>
                  </th>
                  <td data-figure={`formula-${formula.id}`}>
                    {percentOf(rate?.percent ?? null, formula.decimals)}
                  </td>
                  <td data-figure={`formula-${formula.id}-n`}>
                    {rate && <RateLinks rate={rate} lists={rateLists(formula.id)} words={text.outOf} />}
                  </td>
                  <td>{formula.numerator[language]}</td>
                  <td>{formula.denominator[language]}</td>
                  <td>{formula.source[language]}</td>
                  <td>{formula.notes[language]}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}
