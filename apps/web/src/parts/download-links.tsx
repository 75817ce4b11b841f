import type { ReactNode } from 'react';
import { useDownload } from '../download.js';
import { usePage } from '../page.js';
import { DOWNLOAD_TEXTS } from '../texts-download.js';
import './download-links.css';

/**
 * Files of what is on the page. Real links; followed here so that progress, a stop and a refusal can be shown.
 * @param title what is done with the files, and what stands before them
 * @param children what else can be done with what is on the page
 */
export function DownloadLinks({
  title,
  files,
  children,
}: {
  title: string;
  files: readonly { label: string; path: string }[];
  children?: ReactNode;
}) {
  const { address, text, count } = usePage();
  const words = DOWNLOAD_TEXTS[address.language];
  const { transfer, error, start, stop } = useDownload();
  return (
    <div className="downloads screen-only">
      <span aria-hidden="true">{title}:</span>
      <ul className="choices" aria-label={title}>
        {files.map(({ label, path }) => (
          <li key={label}>
            <a
              href={path}
              download
              onClick={(event) => {
                if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
                  return;
                event.preventDefault();
                start(path);
              }}
            >
              {label}
            </a>
          </li>
        ))}
      </ul>
      {children}
      <p role="status">
        {transfer !== null && (
          <>
            {words.coming(
              `${(transfer.bytes / 1_048_576).toFixed(1).replace('.', address.language === 'vi' ? ',' : '.')} MB`,
              transfer.rows === null ? null : count(transfer.rows),
            )}{' '}
            <button type="button" onClick={stop}>
              {words.stop}
            </button>
          </>
        )}
      </p>
      {error !== null && (
        <p className="fault" role="alert">
          {words.failed}:{' '}
          {error.status === 0 ? text.errorOffline : text.errorStatus(error.status, error.message)}
        </p>
      )}
    </div>
  );
}
