import type { Instant } from '#libs/dossier';

/** How long figures stay as they are if nothing else becomes known: until a deadline passes by itself. */
export class Term {
  until: Instant = Infinity;

  endsBy(instant: Instant): void {
    this.until = Math.min(this.until, instant);
  }
}
