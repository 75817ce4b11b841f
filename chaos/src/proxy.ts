import { once } from 'node:events';
import { createServer, type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { pause } from '#libs/platform';

/** What a network does to some of the connections that go through it. */
export type Trouble =
  /** Every piece waits so long, in both directions. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Nothing gets through, in either direction, and nobody is told. */
  | { readonly kind: 'silent' };

interface Passage {
  /** In [0, 1): trouble for a share of the connections hits those with less. */
  readonly luck: number;
  readonly client: Socket;
  readonly server: Socket;
  /** Something was held back on it. */
  held: boolean;
}

/**
 * A TCP proxy between the apps and what they depend on, which can be told to misbehave. It knows nothing of what
 * it carries.
 */
export class Proxy {
  private readonly passages = new Set<Passage>();
  private trouble: { what: Trouble; share: number } | undefined;
  /** Resolves when the trouble of now is over. */
  private over: Promise<void> = Promise.resolve();
  private end: () => void = () => undefined;
  private to = 0;

  private constructor(
    private readonly listener: Server,
    private readonly random: (below: number) => number,
  ) {}

  /** Listens on a free port of 127.0.0.1. */
  static async open(random: (below: number) => number): Promise<Proxy> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new Proxy(listener, random);
    listener.on('connection', (client) => proxy.pass(client));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Where connections lead from now on: a port of 127.0.0.1. */
  leadTo(port: number): void {
    this.to = port;
  }

  /** Trouble for a share of the connections, old and new, until `heal`. */
  disturb(what: Trouble, share: number): void {
    this.heal({ drop: false });
    this.trouble = { what, share };
    this.over = new Promise((resolve) => (this.end = resolve));
  }

  /** How many connections have something held back. */
  holds(): number {
    return [...this.passages].filter(({ held }) => held).length;
  }

  /** Breaks off a share of the connections, as a server does that forgot them. */
  reset(share: number): void {
    for (const passage of this.passages) if (passage.luck < share) breakOff(passage);
  }

  /** The end of the trouble: what was held back arrives late or, with `drop`, never. */
  heal({ drop }: { drop: boolean }): void {
    if (drop) for (const passage of this.passages) if (passage.held) breakOff(passage);
    for (const passage of this.passages) passage.held = false;
    this.trouble = undefined;
    this.end();
  }

  async close(): Promise<void> {
    this.heal({ drop: false });
    for (const passage of this.passages) breakOff(passage);
    this.listener.close();
    await once(this.listener, 'close');
  }

  private pass(client: Socket): void {
    const server = connect({ host: '127.0.0.1', port: this.to, allowHalfOpen: true, noDelay: true });
    const passage: Passage = { luck: this.random(1_000) / 1_000, client, server, held: false };
    this.passages.add(passage);
    for (const socket of [client, server]) {
      socket.on('error', () => breakOff(passage));
      socket.on('close', () => this.passages.delete(passage));
    }
    void this.carry(passage, client, server);
    void this.carry(passage, server, client);
  }

  private async carry(passage: Passage, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from) {
        await this.suffer(passage);
        if (!to.write(piece as Buffer)) await once(to, 'drain');
      }
      await this.suffer(passage);
      to.end();
    } catch {
      breakOff(passage);
    }
  }

  private async suffer(passage: Passage): Promise<void> {
    const { trouble } = this;
    if (!trouble || passage.luck >= trouble.share) return;
    if (trouble.what.kind === 'slow') return pause(trouble.what.ms);
    passage.held = true;
    await this.over;
  }
}

function breakOff({ client, server }: Passage): void {
  for (const socket of [client, server]) {
    // Node waits for ever, at its own end, for one that is reset while it says goodbye.
    if (socket.writableEnded) socket.destroy();
    else if (!socket.destroyed) socket.resetAndDestroy();
  }
}
