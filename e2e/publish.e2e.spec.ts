import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import kafkajs, { type Message } from 'kafkajs';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EVENTS_TOPIC } from '#libs/contracts';
import {
  chainAt,
  type CloudEventJson,
  type Dossier,
  pollUntil,
  type Standalone,
  startStandalone,
} from '#libs/testing';
import { type ChosenLog, LOGS } from './logs.js';

jest.setTimeout(180_000);

/** The examples of docs/examples as an upstream system would run them, and the quarantine behind them. */
const SOURCE = 'urn:vn:example:motcua';
const dossierOf = (nth: number) => `000.00.05.H13-180105-000${nth}`;
const execute = promisify(execFile);

async function run(command: string, ...args: string[]) {
  const env = { ...process.env, NODE_OPTIONS: '' };
  return (await execute(command, args, { env, timeout: 150_000 })).stdout;
}
const typescript = (name: string, ...args: string[]) =>
  run(
    process.execPath,
    ...['--import', '@swc-node/register/esm-register', `docs/examples/typescript/${name}`, ...args],
  );

/** The command line; what it said and how it ended. */
async function quarantine(url: string, ...args: string[]) {
  const command = ['dist/apps/reporting/src/quarantine/quarantine-command.js', ...args, '--url', url];
  return run(process.execPath, ...command).then(
    (said) => ({ code: 0, said, complained: '' }),
    (error: unknown) => {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, said: stdout, complained: stderr };
    },
  );
}

async function fillCatalogue(url: string): Promise<void> {
  const chain = chainAt(url);
  await chain.putAgencies([{ id: 'H13.05', name: 'Sở Công Thương', kind: 'department' }]);
  await chain.putProcedures([
    {
      ...{ code: '9.010060', name: 'Cấp giấy xác nhận', domain: 'Công Thương' },
      limits: [{ statutory: { amount: 3, unit: 'working-days' } }],
    },
  ]);
}

async function dossiersAt(url: string): Promise<Record<string, Pick<Dossier, 'state' | 'timeliness'>>> {
  const chain = chainAt(url);
  await chain.caughtUp();
  const dossiers = await chain.list({}, 100);
  return Object.fromEntries(
    dossiers.map(({ code, state, timeliness }) => [code, { state, timeliness }] as const),
  );
}
const RESOLVED = { state: 'resolved', timeliness: 'early' };

const answers = (command: string) =>
  run(command, '-version').then(
    () => true,
    () => false,
  );
const [hasJava, hasMaven] = await Promise.all([answers('java'), answers('mvn')]);
if (!hasJava || !hasMaven) {
  if (process.env.CI) throw new Error('Java or Maven is missing, and with CI set that is a failure.');
  console.warn('!! JAVA EXAMPLES NOT TESTED: no Java, or no Maven, was found.');
}
const itWithJava = hasJava ? it : it.skip;
const itWithMaven = hasJava && hasMaven ? it : it.skip;

describe('the examples over HTTP', () => {
  let running: Standalone;
  const conflict = (id: string, reason: string): CloudEventJson => ({
    ...{ specversion: '1.0', source: 'urn:spec', id, subject: 'C' },
    type: 'vn.tthc.dossier.withdrawn.v1',
    ...{ time: '2018-01-05T08:00:00+07:00', data: { reason } },
  });

  beforeAll(async () => {
    running = await startStandalone();
    await fillCatalogue(running.url);
  });
  afterAll(() => running?.stop(), 30_000);

  it('in curl publish, as often as one likes', async () => {
    for (let nth = 0; nth < 2; nth += 1) {
      const answer = await run('sh', 'docs/examples/curl/publish.sh', running.url);
      expect(JSON.parse(answer)).toEqual({ accepted: 2 });
    }
    expect(await dossiersAt(running.url)).toMatchObject({ [dossierOf(1)]: RESOLVED });
  });

  it('in TypeScript publish, as often as one likes', async () => {
    for (let nth = 0; nth < 2; nth += 1) {
      expect(await typescript('publish-http.ts', running.url)).toBe('2 events are in the log\n');
    }
    expect(await dossiersAt(running.url)).toMatchObject({ [dossierOf(2)]: RESOLVED });
  });

  itWithJava('in Java publish, as often as one likes', async () => {
    for (let nth = 0; nth < 2; nth += 1) {
      const answer = await run('java', 'docs/examples/java/PublishHttp.java', running.url);
      expect(JSON.parse(answer)).toEqual({ accepted: 1 });
    }
    expect(await dossiersAt(running.url)).toMatchObject({ [dossierOf(4)]: { state: 'running' } });
  });

  it('leave nothing in the quarantine', async () => {
    expect((await quarantine(running.url, 'list')).said).toMatch(
      'Nothing is in the quarantine that matches.',
    );
  });

  it('say what was wrong with an event that is refused', async () => {
    await expect(run('sh', 'docs/examples/curl/publish.sh', `${running.url}/v1`)).rejects.toMatchObject({
      stdout: expect.stringContaining('urn:dunghan:problem:not-found') as unknown,
    });
  });

  it('are looked after on the command line', async () => {
    const chain = chainAt(running.url);
    await chain.post(['first', 'second', 'third'].map((reason) => conflict('1', reason)));
    await chain.caughtUp();
    const listed = await quarantine(running.url, 'list', '--source', 'urn:spec');
    expect(listed.said).toMatch(/^conflicting-duplicate: 2\n(\d+ .*urn:spec\|C\n){2}$/);
    const [older, newer] = [...listed.said.matchAll(/^(\d+) /gm)].map(([, id]) => id as string).reverse();
    expect(await quarantine(running.url, 'list', '--limit', '1')).toMatchObject({
      said: expect.stringContaining(`${newer}  `) as unknown,
    });

    const shown = await quarantine(running.url, 'show', `${older}`);
    expect(JSON.parse(shown.said)).toMatchObject({
      event: { data: { reason: 'second' } },
      source: 'urn:spec',
    });
    const sent = await quarantine(running.url, 'replay', `${older}`, '--why', 'looked at it');
    expect(sent).toMatchObject({
      code: 0,
      said: expect.stringContaining(`${older} was sent again`) as unknown,
    });
    const again = await quarantine(running.url, 'replay', `${older}`);
    expect(again).toMatchObject({
      code: 1,
      complained: expect.stringContaining('Replayed already') as unknown,
    });

    const all = await quarantine(
      running.url,
      'replay',
      '--all',
      '--source',
      'urn:spec',
      '--why',
      'all of it',
    );
    expect(all).toMatchObject({ code: 0 });
    expect(all.said).toMatch(/^[12] sent again\.\n$/);
    await chain.caughtUp();
    const replayed = await quarantine(running.url, 'list', '--replayed', '--source', 'urn:spec');
    expect(replayed.said).toMatch(/, replayed 20\d\d-/);
  });

  it.each<[string, string[], number, string]>([
    ['an unknown command', ['mend'], 2, 'There is no command "mend"'],
    ['an unknown option', ['list', '--colour'], 2, '--colour'],
    ['a replay of all without a reason', ['replay', '--all'], 2, '--why'],
    ['no number', ['show'], 2, 'number'],
    ['a replay of one by a filter', ['replay', '1', '--source', 'x'], 2, '--all'],
    ['a number that nobody has', ['show', '999999'], 1, '404'],
    ['an unknown reason code', ['list', '--reason-code', 'x'], 1, 'reason: Must be one of'],
    ['a day that is none', ['replay', '--all', '--why', 'x', '--from', 'today'], 1, '/filter/from'],
  ])('%s is answered in words', async (_name, args, code, words) => {
    const { code: ended, complained } = await quarantine(running.url, ...args);
    expect([ended, complained]).toEqual([code, expect.stringContaining(words)]);
    expect(complained).not.toMatch(/\n\s+at /);
  });

  it('no server is answered in words, and there is help', async () => {
    const { code, complained } = await quarantine('http://127.0.0.1:1', 'list');
    expect([code, complained]).toEqual([1, expect.stringContaining('Is the server running?')]);
    expect((await quarantine(running.url, '--help')).said).toMatch('replay --all --why TEXT');
  });
});

const kafkaLog = LOGS.find(({ log }) => log === 'Kafka');

(kafkaLog ? describe : describe.skip)('the examples over Kafka', () => {
  let log: ChosenLog;
  let running: Standalone;
  const brokers = () => log.env.KAFKA_BROKERS as string;
  let client: kafkajs.Kafka;
  let producer: kafkajs.Producer;

  beforeAll(async () => {
    if (!kafkaLog) return;
    log = await kafkaLog.choose();
    running = await startStandalone({ env: log.env });
    await fillCatalogue(running.url);
    client = new kafkajs.Kafka({ brokers: brokers().split(','), logLevel: kafkajs.logLevel.NOTHING });
    producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
  });
  afterAll(async () => {
    await producer?.disconnect();
    await running?.stop();
    await log?.stop();
  }, 60_000);

  const write = (...messages: Message[]) => producer.send({ topic: EVENTS_TOPIC, acks: -1, messages });
  const accepted = (code: string, agency = 'H13.05') => ({
    ...{ specversion: '1.0', source: 'urn:direct', id: `${code}-1`, type: 'vn.tthc.dossier.accepted.v1' },
    ...{ subject: code, time: '2018-01-05T08:00:00+07:00' },
    data: { procedure: '9.010060', receivingAgency: agency, channel: 'counter' },
  });
  const structured = (event: { source: string; subject: string; type: string }): Message => ({
    ...{ key: `${event.source}|${event.subject}`, value: JSON.stringify(event) },
  });
  const listed = async () =>
    (await (await fetch(`${running.url}/v1/quarantine`)).json()) as {
      items: { reason: string; base64: string | null; origin: object; headers: object; source: string }[];
      counts: Record<string, number>;
    };

  it('in TypeScript publish, as often as one likes', async () => {
    for (let nth = 0; nth < 2; nth += 1) {
      expect(await typescript('publish-kafka.ts', brokers())).toMatch('2 events are in the log\n');
    }
    await pollUntil('the dossier', 30_000, async () => dossierOf(3) in (await dossiersAt(running.url)));
    expect(await dossiersAt(running.url)).toMatchObject({ [dossierOf(3)]: RESOLVED });
  });

  itWithMaven('in Java publish with the official client, as often as one likes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dunghan-java-'));
    try {
      await cp('docs/examples/java', folder, { recursive: true });
      await run('mvn', '-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies');
      const java = ['-cp', join(folder, 'target/dependency/*'), join(folder, 'PublishKafka.java'), brokers()];
      for (let nth = 0; nth < 2; nth += 1)
        expect(await run('java', ...java)).toBe('2 events are in the log\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await pollUntil('the dossier', 30_000, async () => dossierOf(5) in (await dossiersAt(running.url)));
    expect(await dossiersAt(running.url)).toMatchObject({ [dossierOf(5)]: RESOLVED });
  });

  it('leave nothing in the quarantine, and choose the partition that intake would choose', async () => {
    for (const nth of [3, 5]) {
      await chainAt(running.url).post([
        {
          ...{ specversion: '1.0', source: SOURCE, id: `over HTTP ${nth}`, subject: dossierOf(nth) },
          ...{ type: 'vn.tthc.dossier.returned.v1', time: '2018-01-09T08:00:00+07:00' },
        },
      ]);
    }
    await chainAt(running.url).caughtUp();
    expect(await listed()).toMatchObject({ items: [], counts: {} });
  });

  it('poison between two events goes to the quarantine whole; what is behind it hardly waits', async () => {
    const garbage = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
    const [first, last] = [accepted('AROUND-1'), accepted('AROUND-2')];
    const partition = await write(structured(first)).then(([written]) => written?.partition ?? 0);
    const began = Date.now();
    await write(
      { partition, key: 'garbage', value: garbage, headers: { trace: 'x' } },
      { partition, key: null, value: JSON.stringify(accepted('NO-KEY')) },
      { partition, key: 'urn:direct|GONE', value: null },
      structured({ ...accepted('V2'), type: 'vn.tthc.dossier.accepted.v2' }),
      // One of the four is where it belongs.
      ...[0, 1, 2, 3].map((nth) => ({ partition: nth, ...structured(accepted('EVERYWHERE')) })),
      structured(last),
    );
    await pollUntil('the event behind it', 30_000, async () => 'AROUND-2' in (await dossiersAt(running.url)));
    // Alone it takes less than half a second; the machine may be busy.
    expect(Date.now() - began).toBeLessThan(5_000);
    await pollUntil('all of it', 30_000, async () => (await listed()).items.length === 7);
    const { items, counts } = await listed();
    expect((await chainAt(running.url).dossier('urn:direct', 'EVERYWHERE')).events).toHaveLength(1);
    expect(counts).toEqual({
      ...{ 'invalid-utf8': 1, 'wrong-key': 1, 'unknown-version': 1, tombstone: 1 },
      'wrong-partition': 3,
    });
    expect(items.find(({ reason }) => reason === 'invalid-utf8')).toMatchObject({
      ...{ base64: garbage.toString('base64'), headers: { trace: 'x' } },
      origin: { topic: EVENTS_TOPIC, partition },
    });
  });

  it('an unknown agency is replayed once the catalogue knows it', async () => {
    await write(structured(accepted('LATER', 'H13.06')));
    await pollUntil('the quarantine', 30_000, async () => (await listed()).counts['unknown-agency'] === 1);
    await chainAt(running.url).putAgencies([{ id: 'H13.06', name: 'Sở Nội vụ', kind: 'department' }]);
    const why = ['--why', 'H13.06 added to the catalogue'];
    const { said } = await quarantine(
      running.url,
      'replay',
      '--all',
      '--reason-code',
      'unknown-agency',
      ...why,
    );
    expect(said).toBe('1 sent again.\n');
    await pollUntil('the dossier', 30_000, async () => 'LATER' in (await dossiersAt(running.url)));
    expect((await chainAt(running.url).dossier('urn:direct', 'LATER')).events).toHaveLength(1);
  });

  it('the topics are as the AsyncAPI document says', async () => {
    const { channels } = JSON.parse(await readFile('docs/asyncapi.json', 'utf8')) as {
      channels: Record<
        string,
        {
          bindings: {
            kafka: { topic: string; partitions: number; topicConfiguration: Record<string, unknown> };
          };
        }
      >;
    };
    const admin = client.admin();
    await admin.connect();
    try {
      for (const { bindings } of Object.values(channels)) {
        const { topic, partitions, topicConfiguration } = bindings.kafka;
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        expect(topics[0]?.partitions).toHaveLength(partitions);
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [
            {
              type: kafkajs.ConfigResourceTypes.TOPIC,
              name: topic,
              configNames: Object.keys(topicConfiguration),
            },
          ],
        });
        const found = resources[0]?.configEntries.map(({ configName, configValue }) => [
          configName,
          configValue,
        ]);
        expect(Object.fromEntries(found ?? [])).toEqual(
          Object.fromEntries(
            Object.entries(topicConfiguration).map(([name, value]) => [name, [value].flat().join(',')]),
          ),
        );
      }
    } finally {
      await admin.disconnect();
    }
  });
});
