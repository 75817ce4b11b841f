import { useDownload } from '../download.js';
import { usePage } from '../page.js';
import { FORM_TEXTS } from '../texts-form.js';

/** Files of what is on the page. Real links; followed here so that progress, a stop and a refusal can be shown. */
export function DownloadLinks({ files }: { files: readonly { label: string; path: string }[] }) {
  const { address, text, count } = usePage();
  const words = FORM_TEXTS[address.language];
  const { transfer, error, start, stop } = useDownload();
  return (
    <div className="downloads screen-only">
      <ul className="choices" aria-label={words.download}>
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
              {words.download} {label}
            </a>
          </li>
        ))}
      </ul>
      <p role="status">
        {transfer !== null && (
          <>
            {words.downloading(
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
          {words.downloadFailed}:{' '}
          {error.status === 0 ? text.errorOffline : text.errorStatus(error.status, error.message)}
        </p>
      )}
    </div>
  );
}
