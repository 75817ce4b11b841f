import { useResource } from '../api.js';
import { endOf, type ListName } from '../list-address.js';
import { useNear } from '../near.js';
import { usePage } from '../page.js';
import type { Period } from '../period.js';
import { Bars, type Bar } from './bars.js';
import { causeName, useCauses } from './cause.js';
import { ListLink, withFigures } from './list-link.js';
import { Failure, Loading } from './notice.js';
import '../lists.css';

type Counts = Record<string, number>;
interface AgeingReport {
  total: {
    open: number;
    inTime: Counts;
    overdue: Counts;
    paused: { total: number; pastDue: number; byReason: Counts; byLength: Counts };
  };
  byCause: { cause: string | null; count: number }[];
}

const LATE = ['1-3', '4-10', '11-30', 'over-30'];
const DUE = ['today', 'tomorrow', 'this-week', 'later'];

/** How old what is open is, at the end of the period or now, with the lists behind each number. */
export function Ageing({
  period,
  today,
  agency,
  procedure,
  refresh,
}: {
  period: Period;
  today: string;
  agency: string | null;
  procedure: string | null;
  refresh: number;
}) {
  const { address, text } = usePage();
  const causes = useCauses();
  const query = new URLSearchParams();
  if (agency !== null) query.set('agency', agency);
  if (procedure !== null) query.set('procedure', procedure);
  if (address.tree === 'current') query.set('tree', address.tree);
  if (period.to < today) query.set('at', endOf(period.to));
  const path = `/v1/reports/ageing?${query.toString()}`;
  const [place, near] = useNear(path);
  const { data, error, retry } = useResource<AgeingReport>(path, refresh, near);
  const { lists } = text;
  if (data === null) {
    return <div ref={place}>{error === null ? <Loading /> : <Failure error={error} retry={retry} />}</div>;
  }
  const { overdue, inTime, paused } = data.total;
  const bars = (
    names: string[],
    counts: Counts,
    words: Record<string, string>,
    mark: string,
    list: ListName,
    part: 'late' | 'due' | 'awaiting' | 'pausedFor',
  ): Bar[] =>
    names.map((name) => ({
      ...{ key: name, label: words[name] ?? name, value: counts[name] ?? 0, mark, list },
      target: { parts: { [part]: name } },
    }));
  const reasons = ['supplement', 'fee', 'both', 'unknown'].filter(
    (name) => name !== 'unknown' || paused.byReason[name],
  );
  return (
    <section className="card ageing" aria-labelledby="ageing-title">
      <h2 id="ageing-title">{lists.ageing}</h2>
      <p>
        {withFigures(
          lists.ageingSentence,
          <ListLink behind="qua-han" value={overdue.total ?? 0} inWords />,
          <ListLink
            behind="qua-han"
            value={overdue['over-30'] ?? 0}
            target={{ parts: { late: 'over-30' } }}
            inWords
          />,
          <ListLink
            behind="trong-han"
            value={inTime.today ?? 0}
            target={{ parts: { due: 'today' } }}
            inWords
          />,
          <ListLink behind="tam-dung" value={paused.total} inWords />,
        )}
      </p>
      <div className="bar-tables">
        <Bars title={lists.ageingOverdue} bars={bars(LATE, overdue, lists.late, 'late', 'qua-han', 'late')} />
        <Bars title={lists.ageingDue} bars={bars(DUE, inTime, lists.dueIn, 'in-time', 'trong-han', 'due')} />
        <Bars
          title={lists.ageingPaused}
          bars={[
            ...bars(reasons, paused.byReason, lists.awaiting, 'paused', 'tam-dung', 'awaiting'),
            {
              ...{ key: 'past-due', label: text.pausedPastDue, value: paused.pastDue, mark: 'late' },
              ...{ list: 'tam-dung-qua-han' as const, part: true },
            },
          ]}
        />
        <Bars
          title={lists.ageingPausedFor}
          bars={bars(LATE, paused.byLength, lists.late, 'paused', 'tam-dung', 'pausedFor')}
        />
        {data.byCause.some(({ cause }) => cause !== null) && (
          <Bars
            title={lists.ageingCauses}
            bars={data.byCause.map(({ cause, count: value }) => ({
              ...{ key: cause ?? 'none', value, mark: 'late', list: 'qua-han' as const },
              label: cause === null ? lists.noCause : causeName(causes, cause, address.language),
              target: { parts: { cause: cause ?? 'none' } },
            }))}
          />
        )}
      </div>
      <p className="fine">{lists.ageingNote}</p>
    </section>
  );
}
