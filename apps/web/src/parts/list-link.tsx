import { Fragment, type ReactNode } from 'react';
import { toList, type Address, type Breakdown } from '../address.js';
import type { Rate } from '../figures.js';
import { type Behind, listBehind, type ListParts } from '../list-address.js';
import { Link, usePage } from '../page.js';
import { sumWords } from '../report-words.js';

/** How the list behind a figure differs from where the figure stands. */
export interface ListTarget {
  to?: Partial<Address>;
  parts?: ListParts;
}

/** A figure that opens the list behind it, with the filter it was counted under; a zero opens nothing. */
export function ListLink({
  behind,
  value,
  target = {},
  of,
  className = 'figure-link',
  inWords = false,
  children,
}: {
  /** Undefined: nobody knows. */
  behind: Behind | undefined;
  value: number;
  target?: ListTarget;
  /** Whose figure it is, where the name of the list alone does not say. */
  of?: string;
  /** What is pressed instead of the number. */
  children?: ReactNode;
  className?: string;
  /** It stands in a sentence, which says what it is of; a name of its own would break in when that is read out. */
  inWords?: boolean;
}) {
  const { address, text, count } = usePage();
  const shown = children === undefined ? count(value) : children;
  if (value === 0 || behind === undefined) return <>{shown}</>;
  const filter = listBehind(behind, target.parts);
  const name = filter.figures === undefined ? text.lists.names[filter.name] : sumWords(filter.figures, text);
  const what = of === undefined ? name : `${name}, ${of}`;
  return (
    <Link
      to={toList(address, target.to ?? {}, filter)}
      className={className}
      {...(!inWords && { label: text.lists.openList(what, count(value)) })}
    >
      {shown}
    </Link>
  );
}

/** The dossiers of a row of a breakdown; the row of the agency itself, or `alone`, is of its own without those below. */
export function rowLists(by: Breakdown, key: string, agency: string | null, alone = false): ListTarget {
  switch (by) {
    case 'agency':
      return {
        to: { agency: key, level: null },
        ...((alone || key === agency) && { parts: { flat: '1' } }),
      };
    case 'procedure':
      return { to: { procedure: key } };
    case 'channel':
      return { parts: { channel: key } };
    case 'domain':
      return { parts: { domain: key } };
  }
}

/** A sentence with figures in it, each a link where it has a list: `words` is given a mark for each and cut there. */
export const withFigures = <Marks extends string[]>(
  words: (...marks: Marks) => string,
  ...figures: { [Nth in keyof Marks]: ReactNode }
): ReactNode => <span className="in-words">{filled(words, figures)}</span>;

function filled<Marks extends string[]>(
  words: (...marks: Marks) => string,
  figures: readonly ReactNode[],
): ReactNode {
  const marks = figures.map((_, nth) => `\u0001${nth}\u0001`) as Marks;
  return words(...marks)
    .split('\u0001')
    .map((part, nth) => <Fragment key={nth}>{nth % 2 === 0 ? part : figures[Number(part)]}</Fragment>);
}

/** `3 / 4` of a rate: what was counted for it over all that counts, each with its list where there is one. */
export function RateLinks({
  rate: { numerator, denominator },
  lists = rateLists('a'),
  target = {},
  of,
  words = (a, b) => `${a}/${b}`,
  inWords = false,
}: {
  rate: Rate;
  lists?: RateLists | null;
  target?: ListTarget | undefined;
  of?: string;
  words?: (numerator: string, denominator: string) => string;
  inWords?: boolean;
}) {
  const part = (behind: Behind | undefined, value: number) => (
    <ListLink behind={behind} value={value} {...{ target, inWords }} {...(of && { of })} />
  );
  return filled(words, [part(lists?.[0], numerator), part(lists?.[1], denominator)]);
}

type RateLists = readonly [Behind, Behind];

/** Everything that was to be resolved in a period. */
export const ALL_DUE: Behind = ['carriedOver', 'received.total', 'reopened'];

/** By the formula's id; the formulas themselves are data of the server, which may know more of them. */
const RATE_LISTS = {
  a: ['som-dung-han', 'xong-co-han'],
  b: ['som-dung-han', ALL_DUE],
  c: [
    ['resolved.early', 'resolved.onTime', 'open.inTime', 'open.pausedInTime'],
    ['resolved.early', 'resolved.onTime', 'resolved.late', 'open.inTime', 'open.overdue', 'open.paused'],
  ],
  opencps: ['xong-khong-tre', 'da-giai-quyet'],
} satisfies Record<string, [Behind, Behind]>;

/** What is behind the numerator of a formula's rate, and behind its denominator; null: nobody knows. */
export const rateLists = (formula: string): RateLists | null =>
  Object.hasOwn(RATE_LISTS, formula) ? (RATE_LISTS as Record<string, RateLists>)[formula]! : null;
