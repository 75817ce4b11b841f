import { addMonths, type CivilDay, type Limit, type PausePolicy } from '#libs/dossier';
import { DAY_SECONDS, type CivilSecond, type OfficeSecond, type OfficeTime } from './office-time.js';

/**
 * The deadline of a dossier while its history is being planned. It follows the contract's rules on
 * the generator's tables, because folding every planned dossier would cost more than sending it; a
 * spec holds it against the real fold.
 */
export class PlannedDeadline {
  /** Number of the due working day; not used for limits in hours. */
  private dueNumber = 0;
  /** Due day before rolling forward, for calendar days and months; null: counted in working days. */
  private unrolled: CivilDay | null = null;
  /** The due moment of a limit in hours. */
  private dueSecond: OfficeSecond = 0;
  /** Working days counted again under `restart` after the source gave a date. */
  private givenSpan: number | null = null;
  readonly inHours: boolean;

  constructor(
    private readonly time: OfficeTime,
    private readonly limit: Limit,
    private readonly accepted: CivilSecond,
  ) {
    this.inHours = limit.unit === 'working-hours';
    this.run(accepted);
  }

  /** First office second after the deadline (of a limit in hours: the deadline itself). */
  get end(): OfficeSecond {
    return this.inHours ? this.dueSecond : (this.dueNumber + 1) * this.time.daySeconds;
  }

  /** First office second of the due day; a resolution before it is early. */
  get dueDayStart(): OfficeSecond {
    const number = this.inHours ? Math.floor(this.dueSecond / this.time.daySeconds) : this.dueNumber;
    return number * this.time.daySeconds;
  }

  get dueWorkingDay(): number {
    return this.dueNumber;
  }

  /** The source names the due day itself, at acceptance or later. */
  give(number: number): void {
    this.dueNumber = number;
    this.unrolled = null;
    this.givenSpan = number - this.time.numberUpTo(dayOf(this.accepted));
  }

  /** A pause that began before the deadline has ended. */
  resume(policy: PausePolicy, requested: CivilSecond, resumed: CivilSecond): void {
    if (policy === 'none') return;
    if (policy === 'restart') {
      if (this.givenSpan === null) this.run(resumed);
      else this.dueNumber = this.time.numberUpTo(dayOf(resumed)) + this.givenSpan;
      return;
    }
    if (this.inHours) {
      const left = this.dueSecond - this.time.toOffice(requested);
      this.dueSecond = this.time.toOffice(resumed) + left;
      return;
    }
    const from = dayOf(requested);
    const until = dayOf(resumed);
    if (this.unrolled === null) {
      this.dueNumber += this.time.numberUpTo(until) - this.time.numberUpTo(from);
    } else {
      this.unrolled += until - from;
      this.dueNumber = this.time.numberFrom(this.unrolled);
    }
  }

  /** The whole limit from a moment on. */
  private run(from: CivilSecond): void {
    const { amount, unit } = this.limit;
    const day = dayOf(from);
    switch (unit) {
      case 'working-hours':
        this.dueSecond = this.time.toOffice(from) + amount * 3_600;
        break;
      case 'working-days':
        this.dueNumber = amount === 0 ? this.time.numberFrom(day) : this.time.numberUpTo(day) + amount;
        break;
      case 'calendar-days':
        this.unrolled = day + amount;
        break;
      case 'months':
        this.unrolled = addMonths(day, amount);
        break;
    }
    if (this.unrolled !== null) this.dueNumber = this.time.numberFrom(this.unrolled);
  }
}

export const dayOf = (second: CivilSecond): CivilDay => Math.floor(second / DAY_SECONDS);
