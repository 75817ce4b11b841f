import { agencyOf, channelOf, procedureOf } from './past-changes.js';
import { addPages, type Page, PageCursor } from './past-page.js';

/**
 * A page whose keys are taken apart, and where on it the counts of each stand: most questions are about few of them.
 */
export class IndexedPage {
  /** Agency, procedure and channel of the n-th key, by the ids of their names; 0: all of them. */
  readonly agencies: Uint32Array;
  readonly procedures: Uint32Array;
  readonly channels: Uint32Array;
  /** What it takes in memory. */
  readonly bytes: number;
  private readonly places: Uint32Array;

  constructor(private readonly page: Page) {
    const keys: number[] = [];
    const places: number[] = [];
    for (const cursor = new PageCursor(page); cursor.nextKey();) {
      keys.push(cursor.key);
      places.push(cursor.place);
    }
    this.agencies = Uint32Array.from(keys, agencyOf);
    this.procedures = Uint32Array.from(keys, procedureOf);
    this.channels = Uint32Array.from(keys, channelOf);
    this.places = Uint32Array.from(places);
    this.bytes = page.length + 16 * keys.length + 500;
  }

  /** The sum of some, of which there is one at least. */
  static sum(pages: readonly IndexedPage[]): IndexedPage {
    return new IndexedPage(pages.map(({ page }) => page).reduce(addPages));
  }

  /** How many keys there are. */
  get length(): number {
    return this.places.length;
  }

  /** To be sent to the counts of a key; where it stands before that says nothing. */
  cursor(): PageCursor {
    return new PageCursor(this.page);
  }

  /** Sends a cursor of this page before the counts of its n-th key. */
  send(cursor: PageCursor, nth: number): void {
    cursor.goTo(this.places[nth] as number);
  }
}
