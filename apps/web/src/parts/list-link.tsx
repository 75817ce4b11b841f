import type { ReactNode } from 'react';
import { toList, type Address } from '../address.js';
import { listOf, type ListName, type ListParts } from '../list-address.js';
import { Link, usePage } from '../page.js';

/** How the list behind a figure differs from where the figure stands. */
export interface ListTarget {
  to?: Partial<Address>;
  parts?: ListParts;
}

/** A figure that opens the list behind it, with the filter it was counted under; a zero opens nothing. */
export function ListLink({
  name,
  value,
  target = {},
  of,
  className = 'figure-link',
  children,
}: {
  name: ListName;
  value: number;
  target?: ListTarget;
  /** Whose figure it is, where the name of the list alone does not say. */
  of?: string;
  /** What is pressed instead of the number. */
  children?: ReactNode;
  className?: string;
}) {
  const { address, text, count } = usePage();
  const shown = children === undefined ? count(value) : children;
  if (value === 0) return <>{shown}</>;
  const what = of === undefined ? text.lists.names[name] : `${text.lists.names[name]}, ${of}`;
  return (
    <Link
      to={toList(address, target.to ?? {}, listOf(name, target.parts))}
      className={className}
      label={text.lists.openList(what, count(value))}
    >
      {shown}
    </Link>
  );
}
