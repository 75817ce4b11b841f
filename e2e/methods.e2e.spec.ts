import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApi } from '#libs/contracts';
import { type Standalone, startStandalone } from '#libs/testing';

/** The standalone process as a client with the wrong verb, or the wrong address, finds it. */
describe('the HTTP interface', () => {
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const documented = Object.entries(openApi('1.0.0').paths as Record<string, object>).map(
    ([path, operations]): [string, string[]] => [
      path.replace(/\{\w+\}/g, 'a%2Fb'),
      METHODS.filter((method) => method.toLowerCase() in operations),
    ],
  );
  let running: Standalone;

  beforeAll(async () => {
    running = await startStandalone();
  }, 90_000);
  afterAll(() => running?.stop(), 30_000);

  async function ask(method: string, path: string, init: RequestInit = {}) {
    const response = await fetch(`${running.url}${path}`, { method, ...init });
    const allow = response.headers.get('allow')?.split(', ') ?? null;
    return { status: response.status, allow, text: await response.text(), type: contentType(response) };
  }
  const contentType = ({ headers }: Response) => headers.get('content-type')?.split(';')[0];

  it.each(documented)('%s takes nothing but %j', async (path, methods) => {
    expect(methods.length).toBeGreaterThan(0);
    for (const method of METHODS.filter((other) => !methods.includes(other))) {
      const { status, allow, text, type } = await ask(method, path);
      expect([method, status, type]).toEqual([method, 405, 'application/problem+json']);
      expect(allow?.filter((name) => name !== 'HEAD')).toEqual([...methods].sort());
      expect(JSON.parse(text)).toMatchObject({ type: 'urn:dunghan:problem:method-not-allowed', status: 405 });
    }
  });

  it('looks at the method before the body', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await ask('POST', '/v1/progress', { headers, body: '{' })).status).toBe(405);
    expect((await ask('PUT', '/v1/events', { headers, body: '' })).status).toBe(405);
  });

  it.each(METHODS)('does not know an address that nobody has, asked with %s', async (method) => {
    for (const path of ['/v1/nothing', '/v1/events/', '/health', '/v1/dossiers/a']) {
      const { status, allow, type } = await ask(method, path);
      expect([path, status, allow, type]).toEqual([path, 404, null, 'application/problem+json']);
    }
  });

  it('still shows the page at its own addresses, and its document', async () => {
    expect(await ask('GET', '/theo-doi')).toMatchObject({ status: 200, type: 'text/html' });
    expect((await ask('POST', '/theo-doi')).status).toBe(404);
    expect(await ask('GET', '/v1/openapi.json')).toMatchObject({ status: 200, type: 'application/json' });
  });

  it('answers HEAD like GET', async () => {
    expect(await ask('HEAD', '/v1/progress')).toMatchObject({ status: 200, text: '' });
  });
});
