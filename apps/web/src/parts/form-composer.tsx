import { useEffect, useState, type SyntheticEvent } from 'react';
import type { AgencyTree } from '../agencies.js';
import { YEAR_PARTS, type Bounds } from '../form-address.js';
import { usePage } from '../page.js';
import { isCivilDate, type Period } from '../period.js';
import { FORM_TEXTS } from '../texts-form.js';

/** Not a part of a year: two days. */
const FREE = 'free';

interface Draft {
  year: string;
  part: string;
  bounds: Bounds;
  from: string;
  to: string;
  by: 'domain' | 'agency';
  agency: string;
}

/** Period, cut, agency and rows of the form; nothing changes before it is sent off. */
export function FormComposer({
  period,
  today,
  tree,
  scope,
}: {
  period: Period;
  today: string;
  tree: AgencyTree;
  scope: string | null;
}) {
  const { address, go, text } = usePage();
  const words = FORM_TEXTS[address.language];
  const chosen = address.form.period;
  const shown: Draft = {
    year: chosen?.name.slice(0, 4) ?? period.to.slice(0, 4),
    part: chosen === null ? FREE : chosen.name.slice(5),
    bounds: chosen?.bounds ?? 'calendar',
    ...period,
    by: address.by === 'agency' ? 'agency' : 'domain',
    agency: scope ?? '',
  };
  const [draft, setDraft] = useState(shown);
  const [fault, setFault] = useState<string | null>(null);
  const key = JSON.stringify(shown);
  useEffect(() => {
    setDraft(JSON.parse(key) as Draft);
    setFault(null);
  }, [key]);

  const free = draft.part === FREE;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const wrong = faultOf();
    setFault(wrong);
    if (wrong !== null) return;
    go({
      by: draft.by === 'agency' ? 'agency' : 'domain',
      agency: draft.agency === '' ? null : draft.agency,
      ...(free && { period: { from: draft.from, to: draft.to } }),
      form: {
        ...address.form,
        period: free
          ? null
          : { name: draft.part === '' ? draft.year : `${draft.year}-${draft.part}`, bounds: draft.bounds },
      },
    });
  };
  const faultOf = (): string | null => {
    if (!free) return /^(19|20|21)\d\d$/.test(draft.year) ? null : words.yearFault;
    if (!isCivilDate(draft.from) || !isCivilDate(draft.to)) return text.periodIncomplete;
    if (draft.from > draft.to) return text.periodBackwards;
    return draft.from > today ? text.periodFuture : null;
  };
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const faulty = { 'aria-invalid': fault !== null, 'aria-describedby': 'form-fault' };
  return (
    <form className="card composer screen-only" aria-label={words.compose} onSubmit={submit} noValidate>
      <label>
        {words.part}
        <select value={draft.part} onChange={(event) => change({ part: event.target.value })}>
          {YEAR_PARTS.map((part) => (
            <option key={part} value={part}>
              {words.parts[part] ?? words.month(part)}
            </option>
          ))}
          <option value={FREE}>{words.free}</option>
        </select>
      </label>
      {free ? (
        <>
          <label>
            {text.from}
            <input
              type="date"
              value={draft.from}
              max={today}
              {...faulty}
              onChange={(event) => change({ from: event.target.value })}
            />
          </label>
          <label>
            {text.to}
            <input
              type="date"
              value={draft.to}
              {...faulty}
              onChange={(event) => change({ to: event.target.value })}
            />
          </label>
        </>
      ) : (
        <>
          <label>
            {words.year}
            <input
              inputMode="numeric"
              size={5}
              value={draft.year}
              {...faulty}
              onChange={(event) => change({ year: event.target.value })}
            />
          </label>
          <label>
            {words.bounds}
            <select
              value={draft.bounds}
              onChange={(event) => change({ bounds: event.target.value as Bounds })}
            >
              <option value="calendar">{words.calendar}</option>
              <option value="reporting">{words.reporting}</option>
            </select>
          </label>
        </>
      )}
      <label>
        {words.by}
        <select value={draft.by} onChange={(event) => change({ by: event.target.value as Draft['by'] })}>
          <option value="domain">{words.domain}</option>
          <option value="agency">{words.agencyRows}</option>
        </select>
      </label>
      <label>
        {words.agency}
        <select value={draft.agency} onChange={(event) => change({ agency: event.target.value })}>
          {tree.children(null).length !== 1 && <option value="">{text.allAgencies}</option>}
          {tree.below(null).map(({ id, name }) => (
            <option key={id} value={id} lang="vi">
              {'\u2003'.repeat(tree.path(id).length - 1)}
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{words.show}</button>
      <p id="form-fault" className="fault" role="alert">
        {fault}
      </p>
    </form>
  );
}
