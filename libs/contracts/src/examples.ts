import { type EventType, typeName } from './events.js';

/** One believable event of each type, for the generated documents; a spec reads them all. */
const DATA: Record<EventType, object | undefined> = {
  submitted: { procedure: '9.010060', receivingAgency: 'H13.05', channel: 'online' },
  accepted: {
    procedure: '9.010060',
    receivingAgency: 'H13.05',
    channel: 'online',
    limit: { amount: 3, unit: 'working-days' },
  },
  refused: { reason: 'Không thuộc thẩm quyền' },
  'stage-entered': { stage: 'Thẩm định', agency: 'H13.05', stageDueAt: '2018-01-09T17:00:00+07:00' },
  'supplement-requested': { reason: 'Thiếu bản sao giấy khai sinh' },
  'supplement-received': {},
  'fee-requested': { reason: 'Lệ phí cấp bản sao' },
  'fee-paid': {},
  extended: { newDueAt: '2018-01-15T17:00:00+07:00', reason: 'Cần xác minh', apology: true },
  resolved: { outcome: 'granted' },
  returned: { channel: 'post' },
  withdrawn: { reason: 'Theo yêu cầu của người nộp' },
  stopped: undefined,
  reopened: { newDueAt: '2018-01-20T17:00:00+07:00', reason: 'Kết quả có sai sót' },
  rated: { score: 5 },
  corrected: {
    event: '000123',
    type: typeName('resolved'),
    time: '2018-01-08T15:30:00+07:00',
    data: { outcome: 'rejected' },
  },
  retracted: { event: '000123' },
};

export const exampleOf = (type: EventType): Record<string, unknown> => ({
  specversion: '1.0',
  source: 'urn:vn:cantho:motcua',
  id: '000124',
  type: typeName(type),
  subject: '000.00.05.H13-180105-0001',
  time: '2018-01-08T16:00:00+07:00',
  ...(DATA[type] === undefined ? {} : { data: DATA[type] }),
});
