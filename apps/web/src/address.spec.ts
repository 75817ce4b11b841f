import { describe, expect, it } from '@jest/globals';
import { formatAddress, isAnotherPage, parseAddress } from './address.js';

const parse = (href: string) => {
  const url = new URL(href, 'http://page');
  return parseAddress(url.pathname, url.search);
};

describe('an address', () => {
  it.each([
    '/',
    '/?ky=nam-2018&donvi=H13&cap=commune&sap=-late&lang=en',
    '/?tu=2018-01-01&den=2018-03-31&donvi=H13.40&thutuc=1.001193&theo=kenh&sap=rate',
    '/?donvi=H13&theo=don-vi&cay=hien-nay',
    '/theo-doi?donvi=H13.02',
    '/bao-cao',
    '/bao-cao?donvi=H13&loai=tien-do&ten=2018-Q1&cat=ngay-15&cong-thuc=b',
    '/bao-cao?tu=2018-01-01&den=2018-03-31&loai=bieu-06a&lang=en',
    '/bao-cao/BC-2018-0001',
    '/bieu-mau/06a?donvi=H13.02&theo=don-vi&kybc=2018-Q1&moc=15-14&luc=2026-11-29T03%3A49%3A55.916%2B07%3A00',
    '/bieu-mau/06a?kybc=2018',
    '/ho-so/urn%3Avn%3Acantho/H13.40-180305-0001?lang=en',
    '/ho-so/a%2Fb/c%20d%3F%26%23',
  ])('%s is written as it was read', (href) => {
    expect(formatAddress(parse(href))).toBe(href);
  });

  it('keeps source and code of a dossier apart, whatever they contain', () => {
    expect(parse('/ho-so/a%2Fb/c%2Fd').view).toEqual({ kind: 'dossier', source: 'a/b', code: 'c/d' });
  });

  it.each([
    ['an unknown preset', '/?ky=hom-qua'],
    ['a day that does not exist', '/?tu=2018-02-30&den=2018-03-01'],
    ['a period that runs backwards', '/?tu=2018-03-02&den=2018-03-01'],
    ['half a period', '/?tu=2018-03-02'],
    ['an unknown level, breakdown and language', '/?cap=x&theo=y&lang=de'],
    ['a damaged sort', '/?sap=--late'],
    ['a report of a kind that there is not', '/?loai=x&ten=2018&cat=ngay-15'],
  ])('falls back to the default for %s', (_, href) => {
    expect(formatAddress(parse(href))).toBe('/');
  });

  it.each([
    ...['/nowhere', '/ho-so/only-one', '/ho-so/%E0%A4%A/x', '/theo-doi/x'],
    ...['/bao-cao/x/y', '/bieu-mau', '/bieu-mau/07'],
  ])('knows that %s leads nowhere', (href) => {
    expect(parse(href).view).toEqual({ kind: 'missing' });
  });

  it.each(['kybc=2018-Q5', 'kybc=18', 'kybc=2018-13', 'luc=today', 'moc=15-14'])(
    'of a form falls back to the default for %s',
    (query) => {
      expect(formatAddress(parse(`/bieu-mau/06a?${query}`))).toBe('/bieu-mau/06a');
    },
  );

  it('calls another agency another page, another sort or language not', () => {
    const here = parse('/?donvi=H13');
    expect(isAnotherPage(here, parse('/?donvi=H13.40'))).toBe(true);
    expect(isAnotherPage(here, parse('/theo-doi?donvi=H13'))).toBe(true);
    expect(isAnotherPage(here, parse('/?donvi=H13&sap=late&lang=en&cap=district'))).toBe(false);
  });
});
