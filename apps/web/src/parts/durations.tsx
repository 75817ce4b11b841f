import { useResource } from '../api.js';
import { useNear } from '../near.js';
import { usePage } from '../page.js';
import type { Period } from '../period.js';
import { Bars, type Bar } from './bars.js';
import { ListLink } from './list-link.js';
import { Failure, Loading } from './notice.js';
import '../lists.css';

type Counts = Record<string, number>;
interface DurationsReport {
  resolved: number;
  unmeasured: number;
  early: Counts;
  onTime: { total: number };
  late: Counts;
  noDueDate: { total: number };
  time: { ownHours: number; waitingHours: number };
  pauses: Record<'supplement' | 'fee', { dossiers: number; count: number; hours: number }>;
  extensions: { dossiers: number; count: number };
}

/** How early or late, and where the time went: at the agency, or waiting for the citizen. */
export function Durations({
  period,
  agency,
  procedure,
  refresh,
}: {
  period: Period;
  agency: string | null;
  procedure: string | null;
  refresh: number;
}) {
  const { address, text, count } = usePage();
  const query = new URLSearchParams({ from: period.from, to: period.to });
  if (agency !== null) query.set('agency', agency);
  if (procedure !== null) query.set('procedure', procedure);
  if (address.tree === 'current') query.set('tree', address.tree);
  const path = `/v1/reports/durations?${query.toString()}`;
  const [place, near] = useNear(path);
  const { data, error, retry } = useResource<DurationsReport>(path, refresh, near);
  const { lists } = text;
  if (data === null) {
    return <div ref={place}>{error === null ? <Loading /> : <Failure error={error} retry={retry} />}</div>;
  }
  const measured = data.resolved - data.unmeasured;
  if (measured === 0) return null;
  const decimal = (value: number): string => {
    const words = value.toFixed(1);
    return address.language === 'vi' ? words.replace('.', ',') : words;
  };
  const bars: Bar[] = [
    ...Object.entries(lists.early).map(([name, label]): Bar => {
      const key = `early-${name}`;
      return {
        ...{ key, label, value: data.early[name] ?? 0, mark: 'early', list: 'som-han' },
        target: { parts: { daysFromDue: key } },
      };
    }),
    {
      ...{ key: 'on-time', label: lists.onTheDay, value: data.onTime.total, mark: 'on-time' },
      list: 'dung-han',
    },
    ...Object.entries(lists.late).map(([name, label]): Bar => {
      const key = `late-${name}`;
      return {
        ...{ key, label: lists.lateBy(label), value: data.late[name] ?? 0, mark: 'late', list: 'tre-han' },
        target: { parts: { daysFromDue: key } },
      };
    }),
  ];
  const { supplement, fee } = data.pauses;
  return (
    <section className="card durations" aria-labelledby="durations-title">
      <h2 id="durations-title">{lists.durations}</h2>
      <p>
        {lists.durationsSentence(
          decimal(data.time.ownHours / measured),
          decimal(data.time.waitingHours / measured),
        )}
      </p>
      <Bars title={lists.dossiers} bars={bars} />
      <dl className="facts-line">
        <div>
          <dt>{lists.pausesSupplement}</dt>
          <dd>
            <Took what="supplement" value={supplement.dossiers} />{' '}
            {lists.pauseCount(count(supplement.count), count(Math.round(supplement.hours)))}
          </dd>
        </div>
        <div>
          <dt>{lists.pausesFee}</dt>
          <dd>
            <Took what="fee" value={fee.dossiers} />{' '}
            {lists.pauseCount(count(fee.count), count(Math.round(fee.hours)))}
          </dd>
        </div>
        <div>
          <dt>{lists.extensions}</dt>
          <dd>
            <Took what="extension" value={data.extensions.dossiers} />{' '}
            {lists.times(count(data.extensions.count))}
          </dd>
        </div>
      </dl>
      {data.unmeasured > 0 && (
        <p className="fine">
          <Took what="unmeasured" value={data.unmeasured} /> {lists.unmeasured}
        </p>
      )}
    </section>
  );
}

/** How many resolutions took it at least once; opens their list. */
function Took({ what, value }: { what: string; value: number }) {
  const { text } = usePage();
  return (
    <ListLink
      behind="da-giai-quyet"
      value={value}
      of={text.lists.took[what]}
      target={{ parts: { took: what } }}
    />
  );
}
