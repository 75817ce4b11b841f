import type { Row } from '../figures.js';
import { usePage } from '../page.js';
import { Bars } from './bars.js';
import { ALL_DUE, ListLink, withFigures } from './list-link.js';
import '../lists.css';

/** What was to be resolved in the period and what became of it; the figures are those of the report above. */
export function Funnel({ total }: { total: Row }) {
  const { text } = usePage();
  const { resolved, open, closedOtherwise } = total;
  const due = total.carriedOver + total.received.total + total.reopened;
  const sub = { part: true };
  return (
    <section className="card funnel" aria-labelledby="funnel-title">
      <h2 id="funnel-title">{text.lists.funnel}</h2>
      <p>
        {withFigures(
          text.lists.funnelSentence,
          <ListLink behind={ALL_DUE} value={due} inWords />,
          <ListLink behind="da-giai-quyet" value={resolved.total} inWords />,
          <ListLink behind="dang-giai-quyet" value={open.total} inWords />,
          <ListLink behind="ket-thuc-khac" value={closedOtherwise.total} inWords />,
        )}
      </p>
      <Bars
        title={text.due}
        bars={[
          { key: 'due', label: text.due, value: due, mark: 'early', list: ALL_DUE },
          ...[
            {
              key: 'carried',
              label: text.carriedOver,
              value: total.carriedOver,
              list: 'ton-ky-truoc' as const,
            },
            {
              key: 'received',
              label: text.received,
              value: total.received.total,
              list: 'tiep-nhan' as const,
            },
            { key: 'reopened', label: text.reopened, value: total.reopened, list: 'mo-lai' as const },
          ].map((bar) => ({ ...bar, ...sub, mark: 'early' })),
          {
            ...{ key: 'resolved', label: text.resolved, value: resolved.total, mark: 'on-time' },
            list: 'da-giai-quyet',
          },
          { key: 'open', label: text.open, value: open.total, mark: 'in-time', list: 'dang-giai-quyet' },
          {
            key: 'in-time',
            label: text.inTime,
            value: open.inTime,
            mark: 'in-time',
            list: 'trong-han',
            ...sub,
          },
          { key: 'overdue', label: text.overdue, value: open.overdue, mark: 'late', list: 'qua-han', ...sub },
          { key: 'paused', label: text.paused, value: open.paused, mark: 'paused', list: 'tam-dung', ...sub },
          ...(open.noDueDate === 0
            ? []
            : [
                {
                  ...{ key: 'none', label: text.noDueDate, value: open.noDueDate, mark: 'no-due-date' },
                  ...{ list: 'khong-han' as const, part: true },
                },
              ]),
          {
            ...{ key: 'otherwise', label: text.closedOtherwise, value: closedOtherwise.total },
            ...{ mark: 'no-due-date', list: 'ket-thuc-khac' as const },
          },
        ]}
      />
    </section>
  );
}
