import type { ReactNode } from 'react';
import type { ApiError } from '../api.js';
import { usePage } from '../page.js';

/** A failure with nothing to show in its place. */
export function Failure({ error, retry }: { error: ApiError; retry: () => void }) {
  const { text } = usePage();
  return (
    <div className="card notice" role="alert">
      <h2>{text.error}</h2>
      <p>{error.status === 0 ? text.errorOffline : text.errorStatus(error.status, error.message)}</p>
      <button type="button" onClick={retry}>
        {text.retry}
      </button>
    </div>
  );
}

/** Old figures stay on the page, but never without saying that they are old. */
export function Stale({ at, retry }: { at: string; retry: () => void }) {
  const { text } = usePage();
  return (
    <p className="banner fair" role="status">
      {text.stale(at)}{' '}
      <button type="button" onClick={retry}>
        {text.retry}
      </button>
    </p>
  );
}

export function Loading({ tall = false, children }: { tall?: boolean; children?: ReactNode }) {
  const { text } = usePage();
  return (
    <div className={tall ? 'loading tall' : 'loading'} role="status">
      {children ?? text.loading}
    </div>
  );
}
