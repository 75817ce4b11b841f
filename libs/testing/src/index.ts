export * from './calendar-edits.js';
export * from './chain-client.js';
export * from './histories.js';
export * from './reference-calendar.js';
export * from './reference-events.js';
export * from './reference-fold.js';
export * from './reference-model.js';
export * from './standalone.js';
