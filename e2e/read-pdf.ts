import { spawnSync } from 'node:child_process';
import decodeQr from 'qr/decode.js';

/** Poppler's tools read PDF pages as text and as pictures (apt-get install poppler-utils). */
export const hasPoppler = (): boolean =>
  ['pdftotext', 'pdftoppm'].every((tool) => spawnSync(tool, ['-v']).status === 0);

function run(tool: string, args: string[], input: Buffer): Buffer {
  const { status, stdout, stderr } = spawnSync(tool, args, { input, maxBuffer: 256 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${tool}: ${stderr.toString()}`);
  return stdout;
}

/** The text of each page, laid out as it is printed. */
export const pagesOf = (pdf: Buffer): string[] =>
  run('pdftotext', ['-layout', '-', '-'], pdf).toString('utf8').split('\f').slice(0, -1);

/** What the QR code on the first page says. */
export function qrOf(pdf: Buffer): string {
  // Binary PPM: P6, width, height, 255, then three bytes a pixel.
  const picture = run('pdftoppm', ['-r', '200', '-f', '1', '-l', '1'], pdf);
  const head = /^P6\s(\d+)\s(\d+)\s255\s/.exec(picture.toString('latin1', 0, 40));
  if (!head) throw new Error('pdftoppm gave another kind of picture');
  const [width, height] = [Number(head[1]), Number(head[2])];
  return decodeQr({ width, height, data: picture.subarray(head[0].length) });
}
