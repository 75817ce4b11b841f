import { parseInstant, type CalendarDocument } from './reference-calendar.js';
import { fullType, type CloudEventJson, type EventData, type ShortType } from './reference-events.js';
import type { Procedure } from './reference-fold.js';
import type { World } from './reference-model.js';

/** A small world for hand-computed cases: official days off of the years they lie in, one agency tree. */

const off = (...days: string[]) => days.map((on) => ({ on, kind: 'off' as const, reason: 'nghỉ lễ' }));
const work = (...days: string[]) => days.map((on) => ({ on, kind: 'work' as const, reason: 'làm bù' }));

export const EXAMPLE_CALENDAR: CalendarDocument = {
  sessions: [
    ['07:00', '11:00'],
    ['13:00', '17:00'],
  ],
  days: [
    ...off('2018-02-14', '2018-02-15', '2018-02-16', '2018-02-19', '2018-02-20', '2018-12-31', '2019-01-01'),
    ...off('2024-04-29', '2024-04-30', '2024-05-01'),
    ...off('2025-01-27', '2025-01-28', '2025-01-29', '2025-01-30', '2025-01-31'),
    ...off('2025-04-30', '2025-05-01', '2025-05-02'),
    ...off('2026-04-27', '2026-04-30', '2026-05-01', '2026-11-24'),
    ...work('2019-01-05', '2024-05-04', '2025-04-26', '2026-01-10', '2026-08-22'),
  ],
};

const procedure = (code: string, rest: Partial<Procedure>): Procedure => ({
  code,
  name: code,
  domain: 'đất đai',
  limits: [],
  ...rest,
});

export const EXAMPLE_WORLD: World = {
  agencies: [
    { id: 'T', name: 'Tỉnh', kind: 'province' },
    { id: 'T.S', name: 'Sở', kind: 'department', parent: 'T' },
    { id: 'T.H', name: 'Huyện', kind: 'district', parent: 'T' },
    { id: 'T.H.X', name: 'Xã', kind: 'commune', parent: 'T.H' },
  ],
  procedures: [
    procedure('none', {}),
    procedure('keeps', { domain: 'hộ tịch', pausePolicy: 'none' }),
    procedure('restarts', { pausePolicy: 'restart' }),
    procedure('limits', {
      limits: [
        { statutory: { amount: 10, unit: 'working-days' }, committed: { amount: 8, unit: 'working-days' } },
        { statutory: { amount: 6, unit: 'working-days' }, validFrom: '2026-03-01' },
        { channel: 'online', statutory: { amount: 4, unit: 'working-days' }, validFrom: '2026-02-01' },
      ],
    }),
  ],
  calendars: [{ recordedAt: 0, document: EXAMPLE_CALENDAR }],
  arrivals: [],
};

/** `2026-03-02`, `2026-03-02 09:30` or with seconds, in Asia/Ho_Chi_Minh, as RFC 3339; a bare date means 08:00. */
export function vn(text: string): string {
  const [day = '', clock = '08:00'] = text.split(' ');
  return `${day}T${clock.length === 5 ? `${clock}:00` : clock}+07:00`;
}

export const vnInstant = (text: string): number => parseInstant(vn(text));

let made = 0;

/** An event of the dossier `D` at a civil time; ids count up in the order of writing. */
export function event(
  type: ShortType,
  time: string,
  data?: EventData,
  rest: Partial<CloudEventJson> = {},
): CloudEventJson {
  return {
    specversion: '1.0',
    source: 'urn:s',
    id: `e${String(++made).padStart(6, '0')}`,
    type: fullType(type),
    subject: 'D',
    time: vn(time),
    ...(data && { data }),
    ...rest,
  };
}

/** An acceptance at the commune, over the counter; `procedure` is one without a limit unless told. */
export const accepted = (time: string, data: EventData = {}, rest: Partial<CloudEventJson> = {}) =>
  event('accepted', time, { procedure: 'none', receivingAgency: 'T.H.X', channel: 'counter', ...data }, rest);

/** The example world in which these events arrived, all at one civil time. */
export const worldOf = (events: readonly CloudEventJson[], recorded = '2026-11-22 10:00'): World => ({
  ...EXAMPLE_WORLD,
  arrivals: events.map((one) => ({ event: one, recordedAt: vnInstant(recorded) })),
});
