import { Inject, Injectable } from '@nestjs/common';
import { pause } from '#libs/platform';
import { type Progress, ProgressReader } from '../progress.js';

/** Stages in the direction of the flow: what one has done stands before the next. */
const FLOW = ['processing', 'forwarding', 'reporting'] as const;

const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** Whether everything that is recorded has reached the figures. */
@Injectable()
export class Knowledge {
  constructor(@Inject(ProgressReader) private readonly progress: ProgressReader) {}

  /**
   * Waits until everything that had come before the call is in the ledger: figures as of an instant up to which
   * knowledge was closed before (`closeKnowledge`) will not change any more. While events keep coming it does not
   * wait for those.
   *
   * @returns false if that took longer than ten seconds
   */
  async isComplete(): Promise<boolean> {
    const until = Date.now() + WAIT_MS;
    if (!(await this.reached(until, ({ stages }) => stages.every(({ name }) => name !== 'calendar'))))
      return false;
    for (const stage of FLOW) {
      const heads = placesOf(await this.progress.read(), stage, 'head');
      const hasApplied = (progress: Progress): boolean => {
        const applied = placesOf(progress, stage, 'applied');
        return [...heads].every(([partition, head]) => (applied.get(partition) ?? head) >= head);
      };
      if (!(await this.reached(until, hasApplied))) return false;
    }
    return true;
  }

  private async reached(until: number, isThere: (progress: Progress) => boolean): Promise<boolean> {
    while (!isThere(await this.progress.read())) {
      if (Date.now() > until) return false;
      await pause(LOOK_EVERY_MS);
    }
    return true;
  }
}

const placesOf = ({ stages }: Progress, stage: string, place: 'head' | 'applied'): Map<number, number> =>
  new Map(stages.filter(({ name }) => name === stage).map((one) => [one.partition, one[place]]));
