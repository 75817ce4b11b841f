/** Event log topics; the names are part of the outside contract. */
export const EVENTS_TOPIC = 'tthc.dossier.events.v1';
export const TIMELINESS_TOPIC = 'tthc.dossier.timeliness.v1';
