import { describe, expect, it } from '@jest/globals';
import { backTo, formatAddress, isAnotherPage, parseAddress, toList } from './address.js';
import { listOf } from './list-address.js';

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
    '/danh-sach?tu=2018-03-01&den=2018-03-31&donvi=H13&muc=tre-han&ve=%2F%3Fky%3Dnam-2018%26donvi%3DH13',
    '/ho-so/a/b?ve=%2Ftheo-doi%3Fdonvi%3DH13',
    '/ho-so/a/b?ve=%2Fdanh-sach%3Fmuc%3Dtre-han%26ve%3D%252F%253Fky%253Dnam-2018',
    '/ho-so/a/b?donvi=H13&ve=%2Fdanh-sach%3Fky%3Dnam-2018%26donvi%3DH13%26muc%3Dtre-han%26sau%3DWzFd%26sap%3D-due&lang=en',
    '/ho-so/a/b?ve=%2Fbao-cao%2FBC-2018-0001',
  ])('%s is written as it was read', (href) => {
    expect(formatAddress(parse(href))).toBe(href);
  });

  it('keeps source and code of a dossier apart, whatever they contain', () => {
    expect(parse('/ho-so/a%2Fb/c%2Fd').view).toEqual({
      kind: 'dossier',
      source: 'a/b',
      code: 'c/d',
      back: null,
    });
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

  it('leads from a dossier back to the view it was opened from, its place in it included, in whatever language', () => {
    const list = '/danh-sach?ky=nam-2018&donvi=H13&muc=tre-han&sau=WzFd&sap=-due';
    const view = { kind: 'dossier' as const, source: 'a', code: 'b', back: backTo(parse(`${list}&lang=en`)) };
    expect(view.back).toBe(list);
    expect(parse(formatAddress({ ...parse('/'), view })).view).toEqual(view);
  });

  it('leads from a list back to the view it was opened from, and says so only where the filter does not', () => {
    const filter = listOf('tre-han');
    const back = (from: string, change = {}) => {
      const address = { ...parse(from), ...toList(parse(from), change, filter) };
      const { view } = parse(formatAddress(address));
      expect(view).toEqual(address.view);
      return view.kind === 'list' ? view.back : undefined;
    };
    const month = { period: { from: '2018-03-01', to: '2018-03-31' } };
    expect(back('/?ky=nam-2018&donvi=H13&lang=en')).toBeNull();
    expect(back('/?ky=nam-2018&donvi=H13&lang=en', month)).toBe('/?ky=nam-2018&donvi=H13');
    expect(back('/?ky=nam-2018&theo=kenh&sap=-late')).toBe('/?ky=nam-2018&theo=kenh&sap=-late');
    expect(back('/?donvi=H13&cap=commune', { agency: 'H13.02', level: null })).toBe(
      '/?donvi=H13&cap=commune',
    );
    expect(back('/theo-doi?donvi=H13')).toBe('/theo-doi?donvi=H13');
  });

  it.each(['/danh-sach?muc=tre-han', '/ho-so/a/b', 'https://elsewhere.vn/danh-sach'])(
    'takes %s for no way back from a list',
    (back) => {
      expect(parse(`/danh-sach?ve=${encodeURIComponent(back)}`).view).toMatchObject({ back: null });
    },
  );

  it.each([
    ...[
      'https://elsewhere.vn/danh-sach',
      '//elsewhere.vn/danh-sach',
      '/\\elsewhere.vn',
      'javascript:alert(1)',
    ],
    ...['/nowhere', '/danh-sach/../v1/dossiers', '/v1/dossiers?limit=1', '/ho-so/a/b?ve=%2Ftheo-doi'],
  ])('takes %s for no way back', (back) => {
    expect(parse(`/ho-so/a/b?ve=${encodeURIComponent(back)}`).view).toMatchObject({ back: null });
  });

  it('leads back to a page of its own only, whatever is asked for', () => {
    for (const back of [
      '',
      '/',
      '//',
      '?muc=x',
      'danh-sach',
      '\\\\elsewhere.vn',
      '/?lang=en&donvi=https://elsewhere.vn',
    ]) {
      const { view } = parse(`/ho-so/a/b?ve=${encodeURIComponent(back)}`);
      const read = view.kind === 'dossier' ? view.back : undefined;
      if (read !== null) expect([back, read]).toEqual([back, expect.stringMatching(/^\/(?![/\\])/)]);
    }
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
