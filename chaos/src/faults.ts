import pg from 'pg';
import { pause } from '#libs/platform';
import { type App, pollUntil } from '#libs/testing';
import type { Cluster } from './cluster.js';
import type { Proxy, Trouble } from './proxy.js';

type Random = (below: number) => number;

/** Something that goes wrong, from its beginning to its end. */
export interface Fault {
  /** The same for all of a kind: counted. */
  readonly kind: string;
  /** In words, with its choices. */
  readonly what: string;
  /** What it happens to; two at once to the same would be one. */
  readonly victim: string;
  /** Resolves when it is over. */
  happen(): Promise<void>;
}

interface Kind {
  readonly weight: number;
  make(cluster: Cluster, random: Random): Fault;
}

const DATABASE_BACK_WITHIN_MS = 60_000;

const anyServer = (cluster: Cluster, random: Random, apps?: readonly App[]) => {
  const choice = cluster.servers.filter(({ app }) => apps?.includes(app) ?? true);
  const server = choice[random(choice.length)];
  if (!server) throw new Error('nothing runs');
  return server;
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const killed: Kind = {
  weight: 25,
  make: (cluster, random) => {
    const [server, downMs] = [anyServer(cluster, random), random(2_500)];
    return {
      ...{
        kind: 'process killed',
        what: `${server.name} killed, down ${seconds(downMs)}`,
        victim: server.name,
      },
      happen: async () => {
        await server.kill();
        await pause(downMs);
        server.start();
      },
    };
  },
};

const restarted: Kind = {
  weight: 8,
  make: (cluster, random) => {
    const server = anyServer(cluster, random);
    return {
      ...{ kind: 'process restarted', what: `${server.name} restarted`, victim: server.name },
      happen: async () => {
        await server.stop();
        server.start();
      },
    };
  },
};

/** For longer than its session: others have its partitions by the time it goes on, and it does not know. */
const frozen: Kind = {
  weight: 10,
  make: (cluster, random) => {
    const server = anyServer(cluster, random, ['processing', 'clock', 'reporting']);
    const ms = 7_000 + random(3_000);
    return {
      ...{ kind: 'process frozen', what: `${server.name} frozen for ${seconds(ms)}`, victim: server.name },
      happen: async () => {
        server.freeze();
        await pause(ms);
        server.thaw();
      },
    };
  },
};

/** The copies share out the partitions anew, when one comes and when it goes. */
const scaled: Kind = {
  weight: 8,
  make: (cluster, random) => {
    const app = (['processing', 'clock', 'reporting'] as const)[random(3)] as App;
    const ms = 1_000 + random(5_000);
    return {
      ...{
        kind: 'copy added and removed',
        what: `one more ${app} for ${seconds(ms)}`,
        victim: `copies of ${app}`,
      },
      happen: async () => {
        const server = await cluster.add(app);
        server.start();
        await server.ready();
        await pause(ms);
        await cluster.remove(server);
      },
    };
  },
};

const brokerKilled: Kind = {
  weight: 8,
  make: ({ kafka }, random) => {
    const ms = random(2_000);
    return {
      ...{ kind: 'broker killed', what: `broker killed, down ${seconds(ms)}`, victim: 'broker' },
      happen: async () => {
        await kafka.kill();
        await pause(ms);
        await kafka.restart();
      },
    };
  },
};

/** It forgets what it had not yet written to its log. Whoever keeps it running starts it again. */
const databaseStopped: Kind = {
  weight: 10,
  make: ({ postgres }) => ({
    ...{ kind: 'database stopped at once', what: 'database stopped at once', victim: 'database' },
    happen: async () => {
      const { pid } = postgres;
      process.kill(pid, 'SIGQUIT');
      await pollUntil(
        'another server',
        DATABASE_BACK_WITHIN_MS,
        () => Promise.resolve(postgres.pid !== pid),
        20,
      );
    },
  }),
};

const sessionsEnded: Kind = {
  weight: 6,
  make: ({ postgres }, random) => {
    const share = 10 + random(90);
    return {
      ...{
        kind: 'database sessions ended',
        what: `${share} % of the database sessions ended`,
        victim: 'sessions',
      },
      happen: async () => {
        const client = new pg.Client({ connectionString: postgres.url });
        // The server may be going down for another reason.
        client.on('error', () => undefined);
        await client
          .connect()
          .then(() =>
            client.query(
              `select pg_terminate_backend(pid) from pg_stat_activity
                where application_name like 'dunghan%' and pid <> pg_backend_pid() and random() * 100 < $1`,
              [share],
            ),
          )
          .catch(() => undefined);
        await client.end().catch(() => undefined);
      },
    };
  },
};

const line = (name: string, proxyOf: (cluster: Cluster) => Proxy): Kind => ({
  weight: 13,
  make: (cluster, random) => {
    const proxy = proxyOf(cluster);
    const share = [0.3, 0.6, 1][random(3)] ?? 1;
    const percent = `${share * 100} % of the connections`;
    const victim = `line to the ${name}`;
    const choice = random(13);
    if (choice < 4) {
      return {
        ...{ kind: `${victim} reset`, what: `${victim}: ${percent} reset`, victim },
        happen: () => Promise.resolve(proxy.reset(share)),
      };
    }
    const ms = 500 + random(choice < 8 ? 3_000 : 9_000);
    const what: Trouble = choice < 8 ? { kind: 'slow', ms: 20 + random(300) } : { kind: 'silent' };
    const drop = random(2) === 1;
    const words =
      what.kind === 'slow' ? `slowed by ${what.ms} ms` : `silent, ${drop ? 'then broken' : 'then late'},`;
    return {
      ...{
        kind: `${victim} ${what.kind}`,
        what: `${victim}: ${percent} ${words} for ${seconds(ms)}`,
        victim,
      },
      happen: async () => {
        proxy.disturb(what, share);
        await pause(ms);
        proxy.heal({ drop });
      },
    };
  },
});

const KINDS: readonly Kind[] = [
  ...[killed, restarted, frozen, scaled, brokerKilled, databaseStopped, sessionsEnded],
  line('broker', ({ toKafka }) => toKafka),
  line('database', ({ toPostgres }) => toPostgres),
];
const WEIGHTS = KINDS.reduce((sum, { weight }) => sum + weight, 0);

/** Up to three faults that may happen side by side. */
export function someFaults(cluster: Cluster, random: Random): Fault[] {
  const faults = new Map<string, Fault>();
  for (let left = 1 + random(3); left > 0; left -= 1) {
    let place = random(WEIGHTS);
    const kind = KINDS.find(({ weight }) => (place -= weight) < 0);
    const fault = kind?.make(cluster, random);
    if (fault && !faults.has(fault.victim)) faults.set(fault.victim, fault);
  }
  return [...faults.values()];
}
