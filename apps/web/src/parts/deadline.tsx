import type { DayLine, DeadlineStep, DeadlineStory } from '../dossier-story.js';
import { formatDate, formatInstant, formatMinute, parseInstant } from '../format.js';
import { usePage } from '../page.js';

/** How the deadline came about: a sentence per step, with the days counted and the law it rests on. */
export function Deadline({ deadline }: { deadline: DeadlineStory | null }) {
  const { text } = usePage();
  const steps = deadline?.steps ?? [];
  return (
    <section className="card explanation" aria-labelledby="explanation-title">
      <h2 id="explanation-title">{text.explanation}</h2>
      {steps.length === 0 ? (
        <p className="empty">{text.explanationEmpty}</p>
      ) : (
        <ol className="steps">
          {steps.map((step, index) => (
            <Step key={index} step={step} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Step({ step }: { step: DeadlineStep }) {
  const { address, text, count } = usePage();
  const words = step[address.language] ?? step.vi ?? step.en;
  const at = parseInstant(step.at);
  const dueAt = parseInstant(step.dueAt);
  const due = dueAt !== null ? formatMinute(dueAt) : step.dueOn ? text.dueBy(formatDate(step.dueOn)) : null;
  const from = parseInstant(step.pause?.from);
  const until = parseInstant(step.pause?.until);
  const days = step.days ?? [];
  const moved = step.pause?.movedBy;
  return (
    <li className={`step ${step.kind ?? ''}`}>
      {at !== null && <p className="when">{formatInstant(at)}</p>}
      {words && <p>{words}</p>}
      {!words && from !== null && until !== null && (
        <p className="fine">
          {text.pauseSpan(formatMinute(from), formatMinute(until))}
          {moved && `; ${text.pauseMoved(`${count(moved.amount)} ${text.units[moved.unit] ?? moved.unit}`)}`}
        </p>
      )}
      {due !== null && (
        <p className="due">
          {text.dueDate}: <strong>{due}</strong>
        </p>
      )}
      {step.law && step.law.length > 0 && (
        <p className="law" lang="vi">
          {step.law.join('; ')}
        </p>
      )}
      {days.length > 0 && (
        <details>
          <summary>{text.explanationDays(count(days.length))}</summary>
          <ol className="days">
            {days.map((day, index) => (
              <Day key={index} day={day} />
            ))}
            {(step.omittedDays ?? 0) > 0 && <li>{text.omittedDays(count(step.omittedDays ?? 0))}</li>}
          </ol>
        </details>
      )}
    </li>
  );
}

function Day({ day }: { day: DayLine }) {
  const { address } = usePage();
  const on = day.on ? formatDate(day.on) : '';
  const until = day.until && day.until !== day.on ? ` – ${formatDate(day.until)}` : '';
  return (
    <li className={day.counts ? 'counts' : 'skipped'}>
      <span className="date">
        {on}
        {until}
      </span>{' '}
      {day[address.language] ?? day.vi ?? day.en}
    </li>
  );
}
