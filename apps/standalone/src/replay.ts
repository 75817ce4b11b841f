import type { DataSource, EntityManager } from 'typeorm';
import type { Fact } from '#libs/dossier';
import { type Catalogue, loadFacts } from '#libs/store';
import { type DossierInHand, foldDossier } from '../../processing/src/apply-events.js';
import { type DossierRecord, emptyRecord, type Step } from '../../processing/src/dossier-record.js';

const PAGE = 1_000;

/** A dossier folded anew from its stored events, beside the record it had. */
export interface Replayed {
  dossier: DossierInHand;
  stored: DossierRecord;
  partition: number;
}

/** Its steps in the order in which they were recorded: arrivals, and calendar edits that reached it. */
function stepsOf(facts: readonly Fact[], moves: DossierRecord['moves']): Step[] {
  const steps = new Map<number, Step>(moves.map(([recordedAt]) => [recordedAt, { recordedAt, facts: [] }]));
  for (const fact of facts) {
    const step = steps.get(fact.recordedAt);
    if (step) step.facts.push(fact);
    else steps.set(fact.recordedAt, { recordedAt: fact.recordedAt, facts: [fact] });
  }
  return [...steps.values()].sort((a, b) => a.recordedAt - b.recordedAt);
}

/**
 * Every dossier with its whole history, page by page in key order, from stored events alone: the log
 * may have dropped them long ago. The next page is read and folded while the caller works on one.
 */
export async function* replayAll(database: DataSource, catalogue: Catalogue): AsyncGenerator<Replayed[]> {
  let next = readPage(database.manager, catalogue, { source: '', code: '' });
  for (;;) {
    const page = await next;
    const last = page.at(-1);
    if (!last) return;
    next = readPage(database.manager, catalogue, last.dossier);
    // If the caller gives up, nobody awaits it.
    next.catch(() => undefined);
    yield page;
  }
}

async function readPage(
  manager: EntityManager,
  catalogue: Catalogue,
  after: { source: string; code: string },
): Promise<Replayed[]> {
  const rows = await manager.query<{ source: string; code: string; partition: number; record: string }[]>(
    `select source, code, partition, record from processing.dossier
      where (source, code) > ($1, $2) order by source, code limit ${PAGE}`,
    [after.source, after.code],
  );
  const records = rows.map((row) => ({ ...row, stored: JSON.parse(row.record) as DossierRecord }));
  const histories = new Map<string, Fact[]>();
  const wanted = records.flatMap(({ source, code, stored }) =>
    stored.ids.map((id) => ({ source, id, code })),
  );
  for (const { wanted: asked, fact } of await loadFacts(manager, wanted)) {
    const key = `${asked.source}\u0000${asked.code}`;
    const list = histories.get(key);
    if (list) list.push(fact);
    else histories.set(key, [fact]);
  }
  return records.map(({ source, code, partition, stored }) => {
    const facts = histories.get(`${source}\u0000${code}`) ?? [];
    const dossier: DossierInHand = {
      ...{ source, code, snapshots: [], newTimers: [] },
      record: emptyRecord(),
      steps: stepsOf(facts, stored.moves),
    };
    foldDossier(dossier, catalogue, []);
    return { dossier, stored, partition };
  });
}
