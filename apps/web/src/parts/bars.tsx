import type { Behind } from '../list-address.js';
import { usePage } from '../page.js';
import { ListLink, type ListTarget } from './list-link.js';

export interface Bar {
  key: string;
  label: string;
  value: number;
  /** Class of the mark: colour and pattern of its kind. */
  mark: string;
  list?: Behind | undefined;
  target?: ListTarget;
  /** A part of the bar above. */
  part?: boolean;
}

/** A table whose rows are also bars: the figures are the chart's own table. */
export function Bars({ title, bars }: { title: string; bars: Bar[] }) {
  const { text, count } = usePage();
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <table className="bars">
      <caption>{title}</caption>
      <thead className="unseen">
        <tr>
          <th scope="col">{text.lists.group}</th>
          <th scope="col">{text.lists.dossiers}</th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ key, label, value, mark, list, target, part }) => (
          <tr key={key} data-bar={key} className={part ? 'part' : undefined}>
            <th scope="row">{label}</th>
            <td>
              <span className="bar" aria-hidden="true">
                {value > 0 && <i className={`mark ${mark}`} style={{ width: `${(100 * value) / most}%` }} />}
              </span>
              {list === undefined ? (
                count(value)
              ) : (
                <ListLink behind={list} value={value} of={`${title}, ${label}`} {...(target && { target })} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
