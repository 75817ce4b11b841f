import type { Language } from './address.js';

const vi = {
  coming: (size: string, rows: string | null) => `Đang tải: ${size}${rows === null ? '' : `, ${rows} dòng`}`,
  stop: 'Dừng tải',
  failed: 'Không tải được tệp',
};

const en: typeof vi = {
  coming: (size, rows) => `Downloading: ${size}${rows === null ? '' : `, ${rows} rows`}`,
  stop: 'Stop',
  failed: 'The file could not be downloaded',
};

export const DOWNLOAD_TEXTS: Record<Language, typeof vi> = { vi, en };
