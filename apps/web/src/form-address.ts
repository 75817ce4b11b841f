/** Where a named period is cut: with the calendar, or from the 15th to the 14th, as reports are closed. */
export type Bounds = 'calendar' | 'reporting';

/** What the forms ask beside what every view does. */
export interface FormChoice {
  /** A period by its name, as the API knows it; null: the period that every view shares. */
  period: { name: string; bounds: Bounds } | null;
  /** Instant of knowledge, RFC 3339; null: now. */
  asOf: string | null;
}

export const NO_FORM_CHOICE: FormChoice = { period: null, asOf: null };

/** `2018`, `2018-H1`, `2018-9M`, `2018-Q1`, `2018-01`. */
const NAME = /^(19|20|21)\d\d(-(0[1-9]|1[0-2]|Q[1-4]|H[12]|9M))?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export function parseFormChoice(query: URLSearchParams): FormChoice {
  const name = query.get('kybc') ?? '';
  // An unescaped + in an address reads as a space.
  const asOf = (query.get('luc') ?? '').replace(/ (\d\d:\d\d)$/, '+$1');
  return {
    period: NAME.test(name)
      ? { name, bounds: query.get('moc') === '15-14' ? 'reporting' : 'calendar' }
      : null,
    asOf: INSTANT.test(asOf) ? asOf : null,
  };
}

export function formSearch({ period, asOf }: FormChoice): [string, string][] {
  return [
    ...(period ? [['kybc', period.name] satisfies [string, string]] : []),
    ...(period?.bounds === 'reporting' ? [['moc', '15-14'] satisfies [string, string]] : []),
    ...(asOf === null ? [] : [['luc', asOf] satisfies [string, string]]),
  ];
}

/** The parts of a year that have a name; '' is the whole of it. */
export const YEAR_PARTS = [
  ...['', 'H1', 'H2', '9M', 'Q1', 'Q2', 'Q3', 'Q4'],
  ...Array.from({ length: 12 }, (_, month) => String(month + 1).padStart(2, '0')),
] as const;
