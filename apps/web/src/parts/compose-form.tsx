import { useEffect, useState, type ReactNode, type SyntheticEvent } from 'react';
import { BREAKDOWNS, type Breakdown } from '../address.js';
import type { AgencyTree } from '../agencies.js';
import {
  BOUNDS,
  type Bounds,
  type Compose,
  FORMULAS,
  type Formula,
  REPORT_KINDS,
  type ReportKind,
} from '../compose.js';
import { usePage } from '../page.js';
import { isCivilDate, type Period } from '../period.js';
import './reports.css';

const PARTS = ['', 'H1', 'H2', '9M', 'Q1', 'Q2', 'Q3', 'Q4'] as const;
const MONTHS = Array.from({ length: 12 }, (_, nth) => String(nth + 1).padStart(2, '0'));
/** Instead of a name: the two dates. */
const DAYS = 'days';

/** Choices of a report. They go into the address when previewed, so a preview can be shared. */
export function ComposeForm({
  compose,
  period,
  tree,
  today,
}: {
  compose: Compose;
  period: Period;
  tree: AgencyTree;
  today: string;
}) {
  const { address, go, text } = usePage();
  const [kind, setKind] = useState(compose.kind);
  const [year, setYear] = useState(compose.name?.slice(0, 4) ?? today.slice(0, 4));
  const [part, setPart] = useState(compose.name === null ? DAYS : compose.name.slice(5));
  const [bounds, setBounds] = useState(compose.bounds);
  const [formula, setFormula] = useState(compose.formula);
  const [agency, setAgency] = useState(address.agency ?? '');
  const [by, setBy] = useState<Breakdown | ''>(address.by ?? '');
  const [days, setDays] = useState(period);
  const [fault, setFault] = useState<string | null>(null);

  // "Back" brings earlier choices into the address.
  useEffect(() => {
    setKind(compose.kind);
    if (compose.name !== null) setYear(compose.name.slice(0, 4));
    setPart(compose.name === null ? DAYS : compose.name.slice(5));
    setBounds(compose.bounds);
    setFormula(compose.formula);
    setAgency(address.agency ?? '');
    setBy(address.by ?? '');
  }, [compose.kind, compose.name, compose.bounds, compose.formula, address.agency, address.by]);
  useEffect(() => setDays(period), [period.from, period.to]);

  const faultOf = (): string | null => {
    if (part !== DAYS) return null;
    if (!isCivilDate(days.from) || !isCivilDate(days.to)) return text.periodIncomplete;
    if (days.from > days.to) return text.periodBackwards;
    return days.from > today ? text.periodFuture : null;
  };
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const found = faultOf();
    setFault(found);
    if (found !== null) return;
    const name = part === DAYS ? null : part === '' ? year : `${year}-${part}`;
    go({
      ...(name === null && { period: days }),
      agency: agency === '' ? null : agency,
      by: by === '' ? null : by,
      compose: { kind, name, bounds, formula },
    });
  };
  const years = Array.from({ length: Number(today.slice(0, 4)) - 2016 }, (_, nth) => String(2017 + nth));
  const rows: readonly Breakdown[] = kind === 'form-06a' ? ['domain', 'agency'] : BREAKDOWNS;
  return (
    <form className="card compose screen-only" onSubmit={submit} noValidate aria-label={text.composeTitle}>
      <Choice
        label={text.reportKind}
        name="loai"
        value={kind}
        onChange={(value) => setKind(value as ReportKind)}
      >
        {REPORT_KINDS.map((one) => (
          <option key={one} value={one}>
            {text.reportKinds[one]}
          </option>
        ))}
      </Choice>
      <Choice label={text.agency} name="donvi" value={agency} onChange={setAgency}>
        <option value="">{text.allAgencies}</option>
        {tree.below(null).map(({ id, name }) => (
          <option key={id} value={id}>
            {'\u2003'.repeat(Math.max(0, tree.path(id).length - 1)) + name}
          </option>
        ))}
      </Choice>
      <Choice label={text.reportPeriod} name="ky" value={part} onChange={setPart}>
        {PARTS.map((one) => (
          <option key={one} value={one}>
            {text.parts[one]}
          </option>
        ))}
        {MONTHS.map((month) => (
          <option key={month} value={month}>
            {text.partMonth(Number(month))}
          </option>
        ))}
        <option value={DAYS}>{text.partDays}</option>
      </Choice>
      {part === DAYS ? (
        (['from', 'to'] as const).map((edge) => (
          <label key={edge}>
            {text[edge]}
            <input
              type="date"
              name={edge === 'from' ? 'tu' : 'den'}
              value={days[edge]}
              aria-invalid={fault !== null}
              aria-describedby="compose-fault"
              onChange={(event) => setDays({ ...days, [edge]: event.target.value })}
            />
          </label>
        ))
      ) : (
        <>
          <Choice label={text.reportYear} name="nam" value={year} onChange={setYear}>
            {years.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </Choice>
          <Choice label={text.cut} name="cat" value={bounds} onChange={(value) => setBounds(value as Bounds)}>
            {BOUNDS.map((one) => (
              <option key={one} value={one}>
                {text.cuts[one]}
              </option>
            ))}
          </Choice>
        </>
      )}
      <Choice
        label={text.reportRows}
        name="theo"
        value={rows.some((one) => one === by) ? by : ''}
        onChange={(value) => setBy(value as Breakdown | '')}
      >
        {rows.map((one, nth) => (
          <option key={one} value={nth === 0 ? '' : one}>
            {text.breakdowns[one]}
          </option>
        ))}
      </Choice>
      {kind === 'timeliness' && (
        <Choice
          label={text.reportFormula}
          name="cong-thuc"
          value={formula}
          onChange={(value) => setFormula(value as Formula)}
        >
          {FORMULAS.map((one) => (
            <option key={one} value={one}>
              {text.reportFormulas[one]}
            </option>
          ))}
        </Choice>
      )}
      <button type="submit" className="primary">
        {text.preview}
      </button>
      <p id="compose-fault" className="fault" role="alert">
        {fault}
      </p>
    </form>
  );
}

function Choice({
  label,
  name,
  value,
  onChange,
  children,
}: {
  label: string;
  name: string;
  value: string;
  onChange: (value: string) => void;
  children: ReactNode;
}) {
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={(event) => onChange(event.target.value)}>
        {children}
      </select>
    </label>
  );
}
