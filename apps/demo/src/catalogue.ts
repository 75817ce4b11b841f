import type { Channel, Limit, PausePolicy } from '#libs/dossier';
import { createWeightedDraw, type Random } from './prng.js';
import { readRepositoryJson } from './repository.js';

/** A unit as `PUT /v1/catalogue/agencies` takes it. */
export interface AgencyEntry {
  id: string;
  name: string;
  kind: 'province' | 'department' | 'district' | 'commune';
  parent?: string;
}

interface LimitEntry {
  channel?: Channel;
  statutory: Limit;
  committed?: Limit;
}

/** A procedure as `PUT /v1/catalogue/procedures` takes it. */
export interface ProcedureEntry {
  code: string;
  name: string;
  domain: string;
  pausePolicy?: PausePolicy;
  limits: LimitEntry[];
}

export type Level = 'department' | 'district' | 'commune';

interface LevelEntry {
  code: string;
  level: Level;
  agency?: string;
  receivedAt?: 'commune';
  source?: string;
  weight: number;
}

interface LevelFile {
  sources: Record<Level, string>;
  districtWeights: Record<string, number>;
  procedures: LevelEntry[];
}

/** A procedure with everything the generator needs to know about it. */
export interface ReplayProcedure {
  code: string;
  level: Level;
  /** The department that resolves it; null: a district or commune drawn per dossier. */
  department: string | null;
  receivedAtCommune: boolean;
  /** URN of the upstream system that reports its dossiers. */
  source: string;
  pausePolicy: PausePolicy;
  limits: Record<Channel, Limit>;
  weight: number;
}

export interface Assignment {
  procedure: ReplayProcedure;
  resolvingAgency: string;
  receivingAgency: string;
}

export interface ReplayCatalogue {
  agencies: readonly AgencyEntry[];
  procedureEntries: readonly ProcedureEntry[];
  procedures: readonly ReplayProcedure[];
  /** Draws a procedure and the units that handle it, by their shares of all dossiers. */
  draw(random: Random): Assignment;
}

/** Reads the data files of the replay. */
export function loadCatalogue(): ReplayCatalogue {
  const { agencies } = readRepositoryJson<{ agencies: AgencyEntry[] }>('data/cantho/agencies-2018.json');
  const { procedures: procedureEntries } = readRepositoryJson<{ procedures: ProcedureEntry[] }>(
    'data/cantho/procedures-2018.json',
  );
  const levels = readRepositoryJson<LevelFile>('data/cantho/procedure-levels-2018.json');
  const entryOf = new Map(procedureEntries.map((entry) => [entry.code, entry]));
  const procedures = levels.procedures.map((level) => {
    const entry = entryOf.get(level.code);
    if (!entry) throw new Error(`procedure-levels-2018.json names ${level.code}, which is no procedure.`);
    return replayProcedure(entry, level, levels.sources);
  });

  const districts = agencies.filter((agency) => agency.kind === 'district').map((agency) => agency.id);
  const communesOf = new Map(
    districts.map((district) => [district, agencies.filter((agency) => agency.parent === district)]),
  );
  const drawDistrict = createWeightedDraw(districts.map((district) => levels.districtWeights[district] ?? 1));
  const drawCommune = new Map(
    [...communesOf].map(([district, communes]) => [
      district,
      createWeightedDraw(communes.map(({ name }) => (name.startsWith('Xã') ? 0.8 : 1.2))),
    ]),
  );

  const assign = (procedure: ReplayProcedure, random: Random): Assignment => {
    if (procedure.department !== null) {
      const agency = procedure.department;
      return { procedure, resolvingAgency: agency, receivingAgency: agency };
    }
    const district = districts[drawDistrict(random)]!;
    if (procedure.level === 'district' && !procedure.receivedAtCommune) {
      return { procedure, resolvingAgency: district, receivingAgency: district };
    }
    const commune = communesOf.get(district)![drawCommune.get(district)!(random)]!.id;
    const resolvingAgency = procedure.level === 'district' ? district : commune;
    return { procedure, resolvingAgency, receivingAgency: commune };
  };
  const drawProcedure = createWeightedDraw(procedures.map(({ weight }) => weight));

  return {
    agencies,
    procedureEntries,
    procedures,
    draw: (random) => assign(procedures[drawProcedure(random)]!, random),
  };
}

function replayProcedure(
  entry: ProcedureEntry,
  level: LevelEntry,
  sources: Record<Level, string>,
): ReplayProcedure {
  const limitFor = (channel: Channel): Limit => {
    const limit =
      entry.limits.find((candidate) => candidate.channel === channel) ??
      entry.limits.find((candidate) => candidate.channel === undefined);
    if (!limit) throw new Error(`${entry.code} has no limit for ${channel}.`);
    return limit.committed ?? limit.statutory;
  };
  return {
    code: entry.code,
    level: level.level,
    department: level.agency ?? null,
    receivedAtCommune: level.receivedAt === 'commune',
    source: level.source ?? sources[level.level],
    pausePolicy: entry.pausePolicy ?? 'pause',
    limits: { counter: limitFor('counter'), online: limitFor('online'), post: limitFor('post') },
    weight: level.weight,
  };
}
