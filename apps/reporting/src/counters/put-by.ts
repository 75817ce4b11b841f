/** A difference of the ledger as it is put by until it is counted, and kept as pending afterwards. */
export type PutBy = [
  agency: string,
  procedure: string,
  channel: string,
  recordedAt: number,
  entries: number[],
];

/** Which agencies and procedures are asked about; undefined: all. */
interface Names {
  agencies: ReadonlySet<string> | undefined;
  procedures: ReadonlySet<string> | undefined;
}

/** Differences of one batch of the log. There may be many batches, so what nobody asked about is not looked at. */
export class PutByBatch {
  /** By instant of recording. */
  readonly all: readonly PutBy[];
  private readonly ofAgency = new Map<string, PutBy[]>();
  private readonly aboutProcedure = new Map<string, PutBy[]>();

  /** @param changes JSON of the differences */
  constructor(changes: string) {
    this.all = (JSON.parse(changes) as PutBy[]).sort((a, b) => a[3] - b[3]);
    for (const difference of this.all) {
      enter(this.ofAgency, difference[0], difference);
      enter(this.aboutProcedure, difference[1], difference);
    }
  }

  /** Lists that hold all of what is asked about, and maybe some more; each by instant of recording. */
  listsAbout({ agencies, procedures }: Names): (readonly PutBy[])[] {
    const few = Math.min(agencies?.size ?? Infinity, procedures?.size ?? Infinity);
    if (few > this.all.length) return [this.all];
    return agencies?.size === few
      ? listsOf(this.ofAgency, agencies)
      : listsOf(this.aboutProcedure, procedures as ReadonlySet<string>);
  }
}

function enter(lists: Map<string, PutBy[]>, name: string, difference: PutBy): void {
  const list = lists.get(name);
  if (list) list.push(difference);
  else lists.set(name, [difference]);
}

function listsOf(lists: ReadonlyMap<string, PutBy[]>, names: ReadonlySet<string>): PutBy[][] {
  const found: PutBy[][] = [];
  for (const name of names) {
    const list = lists.get(name);
    if (list) found.push(list);
  }
  return found;
}
