import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { formatAddress, isAnotherPage, parseAddress, type Address } from './address.js';
import { formatCount, formatNumber, formatPercent } from './format.js';
import { TEXTS, type Texts } from './texts.js';

/** What every part of the page needs: where we are, the words, and how numbers are written. */
export interface Page {
  address: Address;
  go: (change: Partial<Address>) => void;
  text: Texts;
  count: (n: number) => string;
  percent: (percent: number | null) => string;
  /** With decimals, and without a sign of percent. */
  number: (n: number, decimals?: number) => string;
}

const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error('usePage outside PageProvider');
  return page;
}

const readAddress = (): Address => parseAddress(window.location.pathname, window.location.search);

export function PageProvider({ children }: { children: ReactNode }) {
  const [address, setAddress] = useState(readAddress);
  const shown = useRef(address);
  const arrivedAnew = useRef(false);

  useEffect(() => {
    const onBack = (): void => {
      shown.current = readAddress();
      setAddress(shown.current);
    };
    window.addEventListener('popstate', onBack);
    return () => window.removeEventListener('popstate', onBack);
  }, []);

  const go = useCallback((change: Partial<Address>) => {
    const next = { ...shown.current, ...change };
    const href = formatAddress(next);
    if (href !== window.location.pathname + window.location.search) window.history.pushState(null, '', href);
    arrivedAnew.current = isAnotherPage(shown.current, next);
    shown.current = next;
    setAddress(next);
  }, []);

  // A followed link has usually disappeared with the page it was on: the keyboard goes on at the
  // heading of the new one instead of falling back to the start of the document.
  useEffect(() => {
    if (!arrivedAnew.current) return;
    arrivedAnew.current = false;
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }, [address]);

  useLayoutEffect(() => {
    document.documentElement.lang = address.language;
  }, [address.language]);

  const page = useMemo<Page>(
    () => ({
      address,
      go,
      text: TEXTS[address.language],
      count: (n) => formatCount(n, address.language),
      percent: (percent) => formatPercent(percent, address.language),
      number: (n, decimals) => formatNumber(n, address.language, decimals),
    }),
    [address, go],
  );
  return <PageContext value={page}>{children}</PageContext>;
}

/** A real link (open in a new tab, copy, share) that changes the page without loading it anew. */
export function Link({
  to,
  children,
  className,
  current,
  label,
  lang,
  hrefLang,
}: {
  to: Partial<Address>;
  children: ReactNode;
  className?: string;
  current?: 'page' | 'true' | undefined;
  label?: string;
  lang?: string;
  hrefLang?: string;
}) {
  const { address, go } = usePage();
  return (
    <a
      href={formatAddress({ ...address, ...to })}
      className={className}
      aria-current={current}
      aria-label={label}
      lang={lang}
      hrefLang={hrefLang}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
