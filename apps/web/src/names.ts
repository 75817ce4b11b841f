import { useEffect, useMemo, useState } from 'react';
import { AgencyTree } from './agencies.js';
import {
  AGENCIES_PATH,
  PROCEDURES_PATH,
  useResource,
  type AgencyCatalogue,
  type ApiError,
  type Procedure,
  type ProcedureCatalogue,
} from './api.js';

export interface Agencies {
  tree: AgencyTree | null;
  error: ApiError | null;
  retry: () => void;
}

/** The tree of agencies. While it is empty it is asked for with every `refresh`, so a new system fills by itself. */
export function useAgencies(refresh = 0): Agencies {
  const [wanted, setWanted] = useState(0);
  const { data, error, retry } = useResource<AgencyCatalogue>(AGENCIES_PATH, wanted);
  const empty = data !== null && data.agencies.length === 0;
  useEffect(() => {
    if (empty) setWanted(refresh);
  }, [empty, refresh]);
  const tree = useMemo(() => (data === null ? null : new AgencyTree(data.agencies)), [data]);
  return { tree, error, retry };
}

export function useProcedures(): ReadonlyMap<string, Procedure> {
  const { data } = useResource<ProcedureCatalogue>(PROCEDURES_PATH);
  return useMemo(
    () => new Map((data?.procedures ?? []).map((procedure) => [procedure.code, procedure])),
    [data],
  );
}
