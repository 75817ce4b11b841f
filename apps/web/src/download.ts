import { useCallback, useRef, useState } from 'react';
import { ApiError, failureOf } from './api.js';

/** How far a file has come; null where nothing is on its way. */
export interface Transfer {
  bytes: number;
  /** Rows that the whole file will have, where the server says so. */
  rows: number | null;
}
export interface Download {
  transfer: Transfer | null;
  error: ApiError | null;
  start: (path: string) => void;
  stop: () => void;
}

/** Fetches a file so that its coming can be watched and stopped, then hands it to the browser to keep. */
export function useDownload(): Download {
  const [transfer, setTransfer] = useState<Transfer | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const running = useRef<AbortController | null>(null);

  const stop = useCallback(() => running.current?.abort(), []);
  const start = useCallback((path: string) => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    setError(null);
    setTransfer({ bytes: 0, rows: null });
    receive(path, abort.signal, setTransfer)
      .then(keepFile, (failure: unknown) => {
        if (!abort.signal.aborted)
          setError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)));
      })
      .finally(() => {
        if (running.current === abort) setTransfer(null);
      });
  }, []);
  return { transfer, error, start, stop };
}

interface Received {
  file: Blob;
  name: string;
}

async function receive(
  path: string,
  signal: AbortSignal,
  onProgress: (transfer: Transfer) => void,
): Promise<Received> {
  const response = await fetch(path, { signal }).catch((failure: unknown) => {
    if (signal.aborted) throw failure;
    throw new ApiError(0, '');
  });
  if (!response.ok || response.body === null) throw await failureOf(response);
  const rows = Number(response.headers.get('dunghan-rows') ?? NaN);
  const reader = response.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    // What breaks off throws here, so half a file is never kept.
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    bytes += value.length;
    onProgress({ bytes, rows: Number.isNaN(rows) ? null : rows });
  }
  const type = response.headers.get('content-type') ?? '';
  const [, name = nameOf(path, type)] =
    /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
  return { file: new Blob(chunks, { type }), name };
}

/** Where the server names no file: as what it is the address of. */
function nameOf(path: string, type: string): string {
  const last = decodeURIComponent(path.replace(/\?.*/, '').replace(/.*\//, ''));
  return type.startsWith('application/json') ? `${last}.json` : last;
}

function keepFile({ file, name }: Received): void {
  const href = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
  // The browser has taken hold of it by the next turn.
  window.setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
