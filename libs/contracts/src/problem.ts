import { type Fault, isFormFault } from './faults.js';

/** A refusal as RFC 9457 has it, with the faults of each item (contract.md §3). */
export interface Problem {
  /** Stable: programs may switch on it. */
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  errors?: Fault[];
}

/** What can be answered instead of a result: status and titles. The names make up `type`. */
const PROBLEMS = {
  malformed: [400, 'The request is malformed', 'Yêu cầu không đúng định dạng'],
  'bad-request': [400, 'The request cannot be understood', 'Không hiểu được yêu cầu'],
  'not-found': [404, 'There is no such thing', 'Không tìm thấy'],
  'method-not-allowed': [405, 'The method is not allowed here', 'Phương thức không được phép'],
  conflict: [409, 'It stands against what is there', 'Mâu thuẫn với dữ liệu hiện có'],
  'too-large': [413, 'The request is too large', 'Yêu cầu quá lớn'],
  'uri-too-long': [414, 'The address is too long', 'Địa chỉ quá dài'],
  'unsupported-media-type': [415, 'The media type is not supported', 'Kiểu nội dung không được hỗ trợ'],
  unacceptable: [
    422,
    'The request names unknown codes or impossible times',
    'Yêu cầu có mã không tồn tại hoặc thời điểm không thể có',
  ],
  internal: [500, 'An error on our side', 'Lỗi của hệ thống'],
  unavailable: [503, 'Not available now; try again', 'Tạm thời chưa phục vụ được; xin thử lại'],
} as const;
export type ProblemKind = keyof typeof PROBLEMS;

const KINDS = Object.keys(PROBLEMS) as ProblemKind[];

/** Asks in Vietnamese: `vi` stands in Accept-Language, and before English. Engineers get English. */
function inVietnamese(acceptLanguage: string | undefined): boolean {
  const weight = (language: string) =>
    Math.max(
      0,
      ...(acceptLanguage ?? '').split(',').map((range) => {
        const [tag = '', ...parameters] = range.toLowerCase().split(';');
        if (tag.trim().split('-')[0] !== language) return 0;
        const q = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
        return q === undefined ? 1 : Number(q) || 0;
      }),
    );
  return weight('vi') > 0 && weight('vi') >= weight('en');
}

export function titleOf(kind: ProblemKind, acceptLanguage?: string): string {
  return PROBLEMS[kind][inVietnamese(acceptLanguage) ? 2 : 1];
}

/** The kind for an HTTP status that a framework chose. */
export function kindOfStatus(status: number): ProblemKind {
  const exact = KINDS.find((kind) => PROBLEMS[kind][0] === status);
  return exact === 'malformed' ? 'bad-request' : (exact ?? (status < 500 ? 'bad-request' : 'internal'));
}

export interface ProblemParts {
  detail?: string;
  instance?: string;
  errors?: Fault[];
  acceptLanguage?: string;
}

/** Builds the body; members without a value are left out. */
export function problemOf(kind: ProblemKind, parts: ProblemParts = {}): Problem {
  const { detail, instance, errors, acceptLanguage } = parts;
  return {
    type: `urn:dunghan:problem:${kind}`,
    title: titleOf(kind, acceptLanguage),
    status: PROBLEMS[kind][0],
    ...(detail === undefined ? {} : { detail }),
    ...(instance === undefined ? {} : { instance }),
    ...(errors === undefined ? {} : { errors }),
  };
}

/** Thrown where a request is refused; the HTTP edge turns it into problem+json. */
export class ProblemError extends Error {
  constructor(
    readonly kind: ProblemKind,
    detail: string,
    readonly errors?: Fault[],
  ) {
    super(detail);
    this.name = 'ProblemError';
  }

  get status(): number {
    return PROBLEMS[this.kind][0];
  }

  get problem(): Problem {
    return problemOf(this.kind, { detail: this.message, errors: this.errors });
  }
}

/** Refused for its faults: 400 if one is of form, else 422 (contract.md §3). */
export class FaultsError extends ProblemError {
  constructor(faults: Fault[], more = '') {
    const items = new Set(faults.map((fault) => fault.index)).size;
    const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
    super(
      faults.some(isFormFault) ? 'malformed' : 'unacceptable',
      `${count(faults.length, 'fault')} in ${count(items, 'item')}; nothing of the request was taken.${more}`,
      faults,
    );
    this.name = 'FaultsError';
  }
}
