/** What a person has chosen on a board: one value, or several. */
export type Choice = Readonly<Record<string, string | readonly string[]>>;

export interface TimeRange {
  from: Date;
  to: Date;
}

/** As Grafana writes a choice into a query of Prometheus: several become an alternative, their dots taken literally. */
export function promql(query: string, choice: Choice): string {
  // A quoted string of PromQL takes one backslash of every two.
  const escaped = (value: string) => value.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\\\$&');
  const written = (name: string): string => {
    const value = choice[name];
    if (value === undefined) throw new Error(`the query names ${name}, which nobody chooses: ${query}`);
    if (typeof value === 'string') return value;
    return value.length === 1 ? escaped(value[0] ?? '') : `(${value.map(escaped).join('|')})`;
  };
  return query
    .replaceAll('$__rate_interval', '20s')
    .replaceAll(/\$(\w+)/g, (_, name: string) => written(name));
}

/** As Grafana writes a choice and the time range into SQL. */
export function sqlText(query: string, choice: Choice, range: TimeRange): string {
  const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;
  return query
    .replaceAll(
      /\$__timeFilter\((\w+)\)/g,
      (_, column: string) =>
        `${column} between ${literal(range.from.toISOString())} and ${literal(range.to.toISOString())}`,
    )
    .replaceAll(/\$\{(\w+):sqlstring\}/g, (_, name: string) => {
      const value = choice[name];
      if (value === undefined) throw new Error(`the query names ${name}, which nobody chooses: ${query}`);
      return typeof value === 'string' ? literal(value) : value.map(literal).join(',');
    });
}
