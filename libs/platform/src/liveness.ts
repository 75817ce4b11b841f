import { Injectable } from '@nestjs/common';

/** A loop that must keep turning: it beats when it has worked or found nothing to do. */
export interface Heartbeat {
  beat(): void;
  end(): void;
}

/**
 * Liveness is progress: an open port proves nothing. Each loop registers here; the process is alive
 * while every loop has beaten within its allowance.
 */
@Injectable()
export class Liveness {
  private readonly loops = new Map<string, { beatAt: number; allowanceMs: number }>();

  register(name: string, allowanceMs: number): Heartbeat {
    const loop = { beatAt: performance.now(), allowanceMs };
    this.loops.set(name, loop);
    return {
      beat: () => {
        loop.beatAt = performance.now();
      },
      end: () => {
        this.loops.delete(name);
      },
    };
  }

  /** Names of the loops that have stopped making progress, with the seconds since their last beat. */
  stalled(): { loop: string; silentSeconds: number }[] {
    const now = performance.now();
    return [...this.loops]
      .filter(([, loop]) => now - loop.beatAt > loop.allowanceMs)
      .map(([loop, { beatAt }]) => ({ loop, silentSeconds: Math.round((now - beatAt) / 100) / 10 }));
  }

  /** Seconds since the last beat of each loop. */
  ages(): Map<string, number> {
    const now = performance.now();
    return new Map([...this.loops].map(([name, { beatAt }]) => [name, (now - beatAt) / 1_000]));
  }
}
