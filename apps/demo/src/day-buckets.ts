import type { CivilDay } from '#libs/dossier';
import type { Step } from './draft.js';
import { DAY_SECONDS, type CivilSecond } from './office-time.js';

/** What the events of one dossier have in common. */
export interface DossierHead {
  code: string;
  source: string;
  /** Only some systems number their events; the others rely on time alone. */
  numbered: boolean;
}

/** A planned event and when it arrives. The JSON is written on delivery: most wait for days. */
export interface Delivery {
  at: CivilSecond;
  dossier: DossierHead;
  step: Step;
}

/**
 * Deliveries to come, by day. Only the events of dossiers under way are held, never the year, and
 * sorting a day at a time costs less than one large heap.
 */
export class DayBuckets {
  private readonly days: (Delivery[] | undefined)[];

  constructor(
    private readonly firstDay: CivilDay,
    private readonly lastDay: CivilDay,
  ) {
    this.days = Array.from({ length: lastDay - firstDay + 1 }, () => []);
  }

  /** What would come after the last day comes on it: nothing is lost at the end. */
  put(delivery: Delivery): void {
    const day = Math.min(Math.floor(delivery.at / DAY_SECONDS), this.lastDay);
    const bucket = this.days[day - this.firstDay];
    if (!bucket) throw new Error(`A delivery was planned for day ${day}, which has been taken already.`);
    bucket.push(delivery);
  }

  /** The deliveries of a day in order, and frees them. */
  take(day: CivilDay): Delivery[] {
    const bucket = this.days[day - this.firstDay] ?? [];
    this.days[day - this.firstDay] = undefined;
    return bucket.sort((a, b) => a.at - b.at);
  }
}
