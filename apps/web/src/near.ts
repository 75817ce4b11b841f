import { type RefObject, useEffect, useRef, useState } from 'react';

/** Long enough for whoever goes straight on to be gone. */
const AFTER_MS = 1_500;
/** What comes into view within the next moment. */
const MARGIN = '200px';

/**
 * Whether a part further down the page is to be asked for: once it comes near the view, or a little later in any case.
 * What stands above is answered first, and a click there does not wait for what nobody has looked at.
 *
 * @param what another one is another question
 * @returns what is to stand in its place meanwhile
 */
export function useNear(what: string): [place: RefObject<HTMLDivElement | null>, near: boolean] {
  const [asked, setAsked] = useState<string | null>(null);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(what), AFTER_MS);
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setAsked(what);
      },
      { rootMargin: MARGIN },
    );
    if (place.current) observer.observe(place.current);
    return () => {
      window.clearTimeout(timer);
      observer.disconnect();
    };
  }, [what]);
  return [place, asked === what];
}
