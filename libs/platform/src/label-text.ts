export type Labels = Readonly<Record<string, string | number>>;

/** Labels as the text format of Prometheus has them between the braces, in their own order. */
export function labelText(labels: Labels): string {
  let text = '';
  for (const name in labels) {
    const value = labels[name];
    text += `${text === '' ? '' : ','}${name}="${typeof value === 'string' ? quotable(value) : value}"`;
  }
  return text;
}

const quotable = (text: string): string => (SPECIAL.test(text) ? escaped(text).replaceAll('"', '\\"') : text);

const SPECIAL = /[\\\n"]/;

/** Backslashes and ends of lines, as in a help text. */
export const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
