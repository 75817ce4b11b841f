export {
  instantSql,
  joinJson,
  LOG_BATCH_SETTINGS,
  millisSql,
  numberArray,
  asLogBatch,
  textArray,
} from './bulk.js';
export { Catalogue, CatalogueStore, DEFAULT_CALENDAR } from './catalogue-store.js';
export { connect, createDataSource } from './data-source.js';
export { closedUntil, closeKnowledge } from './knowledge.js';
export { StoreModule } from './store.module.js';
export { factOf, loadDossierFacts, loadFacts } from './stored-events.js';
export { DOSSIER_FACTS_FROM_DOCUMENTS } from './migrations/1700000009000-dossier-facts.js';
