import { readFile } from 'node:fs/promises';

/** Body of a batch of dossiers accepted and resolved (every tenth stays open) in 2018. */
export class SyntheticDossiers {
  private number = 0;

  private constructor(
    private readonly agencies: readonly string[],
    private readonly procedures: readonly string[],
  ) {}

  static async load(): Promise<SyntheticDossiers> {
    const read = async (name: string) =>
      JSON.parse(await readFile(`data/cantho/${name}-2018.json`, 'utf8')) as unknown;
    const { agencies } = (await read('agencies')) as { agencies: { id: string }[] };
    const { procedures } = (await read('procedures')) as { procedures: { code: string }[] };
    return new SyntheticDossiers(
      agencies.map(({ id }) => id),
      procedures.map(({ code }) => code),
    );
  }

  /** Two events a dossier, spread over agencies, procedures, channels and the year. */
  batch(dossiers: number): Buffer {
    const events: string[] = [];
    for (let index = 0; index < dossiers; index += 1) {
      const n = this.number++;
      const head = `{"specversion":"1.0","source":"urn:bench","subject":"B${n}",`;
      // Multipliers without common factors: neighbours differ in everything.
      const agency = this.agencies[(n * 7) % this.agencies.length] as string;
      const procedure = this.procedures[(n * 13) % this.procedures.length] as string;
      const channel = ['counter', 'online', 'post'][n % 3] as string;
      const acceptedAt = Date.UTC(2018, 0, 2) + ((n * 31_337) % 330) * 86_400_000 + (n % 36_000) * 1_000;
      const resolvedAt = acceptedAt + (1 + (n % 9)) * 86_400_000;
      events.push(
        `${head}"id":"B${n}-1","type":"vn.tthc.dossier.accepted.v1","time":"${new Date(acceptedAt).toISOString()}","data":{"procedure":"${procedure}","receivingAgency":"${agency}","channel":"${channel}","limit":{"amount":5,"unit":"working-days"}}}`,
      );
      if (n % 10 !== 0) {
        events.push(
          `${head}"id":"B${n}-2","type":"vn.tthc.dossier.resolved.v1","time":"${new Date(resolvedAt).toISOString()}","data":{}}`,
        );
      }
    }
    return Buffer.from(`[${events.join(',')}]`);
  }

  /** Agencies and procedures to ask about. */
  get keys(): { agencies: readonly string[]; procedures: readonly string[] } {
    return { agencies: this.agencies, procedures: this.procedures };
  }
}
