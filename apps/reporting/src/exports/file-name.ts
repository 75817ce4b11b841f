/** Letters, digits and hyphens only: Vietnamese without its marks, so that no mail server or USB stick mangles it. */
export const plainName = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    // A cut in the middle of a word may leave one at the end.
    .replace(/-+$/, '');

/** `bieu-06a_so-tu-phap_2018-01-01_2018-12-31`; parts that are empty are left out. */
export const fileNameOf = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('_');

/** The header for a file to be kept (RFC 6266); the name is plain, so it needs no second, encoded form. */
export const attachment = (name: string): string => `attachment; filename="${name}"`;
