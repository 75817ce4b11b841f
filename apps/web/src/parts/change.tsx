import { usePage } from '../page.js';

/**
 * How a figure has moved: an arrow, a word and the amount. `good` says which direction is welcome; undefined: neither is.
 */
export function ChangeOf({
  change,
  points = false,
  good,
}: {
  change: number;
  /** In percentage points, not dossiers. */
  points?: boolean;
  good?: 'more' | 'fewer' | undefined;
}) {
  const { text } = usePage();
  const words = useChangeWords();
  const direction = change === 0 ? 'same' : change > 0 ? 'more' : 'fewer';
  const tone = direction === 'same' || good === undefined ? 'calm' : direction === good ? 'good' : 'poor';
  return (
    <span className={`change ${tone}`}>
      <span aria-hidden="true">{{ more: '▲', fewer: '▼', same: '=' }[direction]}</span>{' '}
      {direction === 'same' ? text.same : words(change, points)}
    </span>
  );
}

/** "tăng 2", "giảm 0,03 điểm %". */
export function useChangeWords(): (change: number, points?: boolean) => string {
  const { text, count, number } = usePage();
  return (change, points = false) => {
    if (change === 0) return text.same;
    const amount = Math.abs(change);
    const written = points ? text.points(number(amount, 2)) : count(amount);
    return change > 0 ? text.more(written) : text.fewer(written);
  };
}
