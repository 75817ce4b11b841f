import { parseArgs } from 'node:util';

/** `npm run quarantine`: lists and replays over HTTP what a running server could not apply. */

const HELP = `npm run quarantine -- <command> [options]

  list                         what is in the quarantine, the newest first, and how much by reason
  show <id>                    one message, whole
  replay <id> [--why TEXT]     send it through the log again, once its cause is mended
  replay --all --why TEXT      all that match the options below and were not replayed before

Which ones (list, replay --all):
  --reason-code CODE           e.g. unknown-agency, conflicting-duplicate
  --source URN                 messages of this upstream system
  --topic NAME                 messages of this topic
  --from DAY, --to DAY         recorded from … to, civil dates YYYY-MM-DD, both inclusive
  --replayed, --waiting        list only: replayed before; not yet
  --limit N                    list only: at most N messages (default 20)

  --url URL                    the server (default http://127.0.0.1:8080)
  --help                       this text`;

const OPTIONS = {
  all: { type: 'boolean' },
  why: { type: 'string' },
  'reason-code': { type: 'string' },
  source: { type: 'string' },
  topic: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  replayed: { type: 'boolean' },
  waiting: { type: 'boolean' },
  limit: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** What to tell the one who typed it; the process ends with 2 for a wrong command, 1 for a failed one. */
class Refused extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 2,
  ) {
    super(message);
  }
}

type Values = ReturnType<typeof readArguments>['values'];

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Refused(`${(error as Error).message}\n--help says what there is.`);
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args);
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) return console.log(HELP);
  const server = new Server(values.url ?? 'http://127.0.0.1:8080');
  if (command === 'list' && rest.length === 0) return list(server, values);
  if (command === 'show') return show(server, idIn(rest));
  if (command === 'replay' && !values.all) return replayOne(server, idIn(rest), values);
  if (command === 'replay' && rest.length === 0) return replayAll(server, values);
  throw new Refused(`There is no command "${positionals.join(' ')}"; --help says what there is.`);
}

function idIn(rest: readonly string[]): string {
  const [id] = rest;
  if (id === undefined || rest.length > 1 || !/^\d+$/.test(id)) {
    throw new Refused('Give the number of one quarantined message, as `list` shows it.');
  }
  return id;
}

const filterOf = ({ 'reason-code': reason, source, topic, from, to }: Values): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ reason, source, topic, from, to }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );

interface Item {
  id: number;
  recordedAt: string;
  reason: string;
  origin: { topic: string; partition: number; offset: number };
  key: string | null;
  errors: { pointer: string; code: string; detail: string }[];
  replayedAt: string | null;
}

async function list(server: Server, values: Values): Promise<void> {
  if (values.replayed && values.waiting) throw new Refused('--replayed and --waiting exclude each other.');
  const wanted = Number(values.limit ?? '20');
  if (!Number.isInteger(wanted) || wanted < 1) throw new Refused('--limit takes a whole number from 1 on.');
  const filter = filterOf(values);
  if (values.replayed || values.waiting) filter.replayed = String(values.replayed === true);
  let shown = 0;
  let cursor: string | null = null;
  do {
    const limit = String(Math.min(500, wanted - shown));
    const query = new URLSearchParams({ ...filter, limit, ...(cursor !== null && { cursor }) });
    const page: { items: Item[]; next: string | null; counts?: Record<string, number> } = await server.ask(
      'GET',
      `/v1/quarantine?${query.toString()}`,
    );
    if (page.counts) printCounts(page.counts);
    for (const item of page.items) printLine(item);
    shown += page.items.length;
    cursor = page.next;
  } while (cursor !== null && shown < wanted);
  if (cursor !== null) console.log(`… and older ones; --limit ${wanted * 10} shows more.`);
}

function printCounts(counts: Record<string, number>): void {
  const entries = Object.entries(counts);
  if (entries.length === 0) return console.log('Nothing is in the quarantine that matches.');
  console.log(entries.map(([reason, count]) => `${reason}: ${count}`).join(', '));
}

function printLine({ id, recordedAt, reason, origin, key, errors, replayedAt }: Item): void {
  const { topic, partition, offset } = origin;
  const where = errors[0] ? ` at ${errors[0].pointer || 'the whole'}` : '';
  const since = replayedAt === null ? '' : `, replayed ${replayedAt}`;
  console.log(
    `${id}  ${recordedAt}  ${reason}${where}  ${topic}/${partition}@${offset}  ${key ?? 'no key'}${since}`,
  );
}

async function show(server: Server, id: string): Promise<void> {
  console.log(JSON.stringify(await server.ask<Item>('GET', `/v1/quarantine/${id}`), null, 2));
}

async function replayOne(server: Server, id: string, values: Values): Promise<void> {
  if (Object.keys(filterOf(values)).length > 0) {
    throw new Refused('One message is replayed by its number alone; options that choose go with --all.');
  }
  const said = values.why === undefined ? {} : { reason: values.why };
  const item = await server.ask<Item>('POST', `/v1/quarantine/${id}/replay`, said);
  console.log(`${item.id} was sent again, at ${item.replayedAt}.`);
}

async function replayAll(server: Server, values: Values): Promise<void> {
  if (values.why === undefined) throw new Refused('--all wants --why "…": who mended what. It is kept.');
  let replayed = 0;
  let unfit = 0;
  let cursor: string | null = null;
  do {
    const progress: { replayed: number; unfit: number; remaining: number; next: string | null } =
      await server.ask('POST', '/v1/quarantine/replay', {
        ...{ filter: filterOf(values), reason: values.why },
        ...(cursor !== null && { cursor }),
      });
    replayed += progress.replayed;
    unfit += progress.unfit;
    cursor = progress.next;
    if (cursor !== null) console.log(`${replayed} sent again, ${progress.remaining} to go`);
  } while (cursor !== null);
  console.log(`${replayed} sent again.`);
  if (unfit > 0) console.log(`${unfit} can never be events (no value, no text, too large) and were left.`);
}

class Server {
  constructor(private readonly url: string) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
      throw new Refused(`--url wants an address such as http://127.0.0.1:8080, not "${url}".`);
    }
  }

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(new URL(path, this.url), {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      const cause = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
      throw new Refused(
        `No answer from ${this.url} (${cause}). Is the server running? --url names another.`,
        1,
      );
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T;
    throw new Refused(wordsOf(response.status, text), 1);
  }
}

/** A refusal in a line or two. */
function wordsOf(status: number, text: string): string {
  try {
    const { title, detail, errors } = JSON.parse(text) as {
      title: string;
      detail?: string;
      errors?: { pointer: string; detail: string }[];
    };
    const faults = (errors ?? []).map((fault) => `\n  ${fault.pointer}: ${fault.detail}`).join('');
    return `${status} ${title}${detail === undefined ? '' : `: ${detail}`}${faults}`;
  } catch {
    return `${status}: this is no answer of ours; is it the right address?`;
  }
}

await run(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
});
