/** Text that is markup already. */
export class Markup {
  constructor(readonly text: string) {}
}

type Value = Markup | string | number | false | null | undefined | readonly Value[];

/** Markup with values in it. Text among them is escaped, for content and quoted attributes; false and null are nothing. */
export function html(texts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(
    texts.map((text, index) => (index === 0 ? '' : written(values[index - 1])) + text).join(''),
  );
}

function written(value: Value): string {
  if (value === false || value === null || value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(written).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
