import { Agent, request } from 'node:http';

export interface HttpAnswer {
  status: number;
  body: string;
  /** What the server asks us to wait, in seconds; null if it does not say. */
  retryAfterSeconds: number | null;
}

/** The server said no to what we sent: trying again cannot help. */
export class RequestRefused extends Error {
  constructor(what: string, answer: HttpAnswer) {
    super(`${what}: HTTP ${answer.status}\n${pretty(answer.body)}`);
  }
}

/** No answer, or none but "later", for as long as we were willing to wait. */
export class ServerUnavailable extends Error {}

const ANSWER_WITHIN_MS = 60_000;
const LONGEST_PAUSE_MS = 5_000;

/** A client of one server; connections are kept alive, because a replay sends thousands of batches. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  /** @param gone aborts every request and every wait, e.g. when the server's process has ended */
  constructor(
    private readonly base: string,
    private readonly gone: AbortSignal,
    private readonly patienceMs = 120_000,
  ) {}

  async get<T>(path: string): Promise<T> {
    return JSON.parse((await this.insist('GET', path, null, '')).body) as T;
  }

  async put(path: string, body: string): Promise<void> {
    await this.insist('PUT', path, body, 'application/json');
  }

  async post(path: string, body: string, mediaType: string): Promise<HttpAnswer> {
    return this.insist('POST', path, body, mediaType);
  }

  /** One attempt, whatever comes back; null when there is no answer. */
  async tryOnce(method: string, path: string): Promise<HttpAnswer | null> {
    return this.attempt(method, path, null, '').catch(() => null);
  }

  close(): void {
    this.agent.destroy();
  }

  /**
   * Repeats what may succeed later (no connection, 429, 5xx) with growing pauses. A batch that was
   * taken although its answer got lost is sent again: the server counts an event once.
   * @throws RequestRefused for any other 4xx, ServerUnavailable when patience ends
   */
  private async insist(
    method: string,
    path: string,
    body: string | null,
    mediaType: string,
  ): Promise<HttpAnswer> {
    const giveUpAt = Date.now() + this.patienceMs;
    for (let attempt = 0; ; attempt++) {
      let trouble: string;
      let pauseMs = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** attempt);
      try {
        const answer = await this.attempt(method, path, body, mediaType);
        if (answer.status < 300) return answer;
        if (answer.status < 500 && answer.status !== 429)
          throw new RequestRefused(`${method} ${path}`, answer);
        trouble = `HTTP ${answer.status} ${answer.body.slice(0, 500)}`;
        if (answer.retryAfterSeconds !== null) {
          pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(pauseMs, answer.retryAfterSeconds * 1_000));
        }
      } catch (error) {
        if (error instanceof RequestRefused) throw error;
        this.gone.throwIfAborted();
        trouble = error instanceof Error ? error.message : String(error);
      }
      if (Date.now() + pauseMs > giveUpAt) {
        throw new ServerUnavailable(
          `${method} ${path} got no good answer for ${this.patienceMs / 1_000} s: ${trouble}`,
        );
      }
      await pause(pauseMs, this.gone);
    }
  }

  private attempt(method: string, path: string, body: string | null, mediaType: string): Promise<HttpAnswer> {
    const content = body === null ? null : Buffer.from(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, this.base),
        {
          method,
          agent: this.agent,
          signal: this.gone,
          timeout: ANSWER_WITHIN_MS,
          headers: content ? { 'content-type': mediaType, 'content-length': content.length } : {},
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const after = Number(incoming.headers['retry-after']);
            resolve({
              status: incoming.statusCode ?? 0,
              body: Buffer.concat(chunks).toString('utf8'),
              retryAfterSeconds: Number.isFinite(after) ? after : null,
            });
          });
        },
      );
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1_000} s`)),
      );
      outgoing.on('error', reject);
      outgoing.end(content);
    });
  }
}

/** Waits; rejects at once when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2).slice(0, 4_000);
  } catch {
    return body.slice(0, 4_000);
  }
}
