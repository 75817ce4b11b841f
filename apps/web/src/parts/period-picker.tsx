import { useEffect, useState, type SyntheticEvent } from 'react';
import type { Address } from '../address.js';
import { Link, usePage } from '../page.js';
import { isCivilDate, PRESETS, type Period } from '../period.js';

export function PeriodPicker({
  period,
  today,
  also = {},
}: {
  period: Period;
  today: string;
  /** What else becomes another with the period. */
  also?: Partial<Address>;
}) {
  const { address, go, text } = usePage();
  return (
    <section className="period screen-only" aria-label={text.period}>
      <ul className="choices">
        {PRESETS.map((preset) => (
          <li key={preset}>
            <Link to={{ ...also, period: preset }} current={address.period === preset ? 'true' : undefined}>
              {text.presets[preset]}
            </Link>
          </li>
        ))}
      </ul>
      <DateForm period={period} today={today} onChosen={(chosen) => go({ ...also, period: chosen })} />
    </section>
  );
}

function DateForm({
  period,
  today,
  onChosen,
}: {
  period: Period;
  today: string;
  onChosen: (period: Period) => void;
}) {
  const { text } = usePage();
  const [from, setFrom] = useState(period.from);
  const [to, setTo] = useState(period.to);
  const [fault, setFault] = useState<string | null>(null);

  useEffect(() => {
    setFrom(period.from);
    setTo(period.to);
    setFault(null);
  }, [period.from, period.to]);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!isCivilDate(from) || !isCivilDate(to)) setFault(text.periodIncomplete);
    else if (from > to) setFault(text.periodBackwards);
    else if (from > today) setFault(text.periodFuture);
    else {
      setFault(null);
      onChosen({ from, to });
    }
  };
  return (
    <form className="dates" onSubmit={submit} noValidate>
      <label>
        {text.from}
        <input
          type="date"
          name="tu"
          value={from}
          max={today}
          aria-invalid={fault !== null}
          aria-describedby="period-fault"
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label>
        {text.to}
        <input
          type="date"
          name="den"
          value={to}
          aria-invalid={fault !== null}
          aria-describedby="period-fault"
          onChange={(event) => setTo(event.target.value)}
        />
      </label>
      <button type="submit">{text.show}</button>
      <p id="period-fault" className="fault" role="alert">
        {fault}
      </p>
    </form>
  );
}
