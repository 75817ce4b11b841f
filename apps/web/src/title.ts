import { useEffect } from 'react';
import { usePage } from './page.js';

/** The tab's title, and what a screen reader says first on a new page. */
export function useTitle(title: string): void {
  const { text } = usePage();
  useEffect(() => {
    document.title = `${title} · ${text.brand}`;
  }, [title, text.brand]);
}
