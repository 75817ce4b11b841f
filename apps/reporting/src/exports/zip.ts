import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** A file of an archive; its content is asked for when its turn comes. */
export interface ZipEntry {
  name: string;
  content: () => AsyncIterable<string> | Iterable<string>;
}

const [GZIP_HEAD, GZIP_TAIL] = [10, 8];
/** Sizes and checksum follow the content; names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATE = 8;
/** 1 January 1980, so that the same content gives the same bytes. */
const NO_DATE = 0x0021;
/** What fits the fields of a plain archive; a sheet is cut into several long before. */
const MOST_BYTES = 0xffff_ffff;

/**
 * A ZIP archive (APPNOTE 6.3, without Zip64) as it is made: nothing is kept but the directory, and whoever stops
 * reading stops the making. Compression runs on the thread pool of Node's zlib: a gzip member holds deflated
 * data, its CRC-32 and its length, which is all that ZIP wants.
 */
export async function* zip(entries: readonly ZipEntry[]): AsyncGenerator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const at = offset;
    const head = record(0x0403_4b50, 30, name, (view) => view);
    yield head;
    offset += head.length;

    let compressed = 0;
    let tail = Buffer.alloc(0);
    for await (const chunk of gzipped(content)) {
      const joined = Buffer.concat([tail, chunk]);
      const keep = Math.min(GZIP_TAIL, joined.length);
      const out = joined.subarray(0, joined.length - keep);
      tail = joined.subarray(joined.length - keep);
      if (out.length > 0) yield out;
      compressed += out.length;
    }
    const [crc, size] = [tail.readUInt32LE(0), tail.readUInt32LE(4)];
    if (compressed > MOST_BYTES || at > MOST_BYTES)
      throw new RangeError(`${name} is too large for an archive`);

    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(0x0807_4b50, 0);
    sizes.writeUInt32LE(crc, 4);
    sizes.writeUInt32LE(compressed, 8);
    sizes.writeUInt32LE(size, 12);
    yield sizes;
    offset += compressed + sizes.length;
    directory.push(
      record(0x0201_4b50, 46, name, (view) => {
        view.writeUInt32LE(crc, 16);
        view.writeUInt32LE(compressed, 20);
        view.writeUInt32LE(size, 24);
        view.writeUInt32LE(at, 42);
      }),
    );
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  yield Buffer.concat([listed, end]);
}

/** Header of a file, before it and in the directory: the same fields, two bytes further on in the latter. */
function record(signature: number, length: number, name: string, fill: (view: Buffer) => unknown): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  const view = Buffer.alloc(length);
  const at = length === 46 ? 6 : 4;
  view.writeUInt32LE(signature, 0);
  if (length === 46) view.writeUInt16LE(20, 4);
  view.writeUInt16LE(20, at);
  view.writeUInt16LE(FLAGS, at + 2);
  view.writeUInt16LE(DEFLATE, at + 4);
  view.writeUInt16LE(NO_DATE, at + 8);
  view.writeUInt16LE(bytes.length, at + 22);
  fill(view);
  return Buffer.concat([view, bytes]);
}

/** Deflated content with its eight bytes of checksum and length, without the head that gzip puts before it. */
async function* gzipped(content: ZipEntry['content']): AsyncGenerator<Buffer> {
  const gzip = createGzip({ level: 1, chunkSize: 64 * 1024 });
  const fed = pipeline(Readable.from(content(), { objectMode: true, highWaterMark: 2 }), gzip);
  // Where it fails the loop below throws the same; where the reader leaves, nobody is left to be told.
  fed.catch(() => undefined);
  let skip = GZIP_HEAD;
  for await (const chunk of gzip as AsyncIterable<Buffer>) {
    const taken = Math.min(skip, chunk.length);
    skip -= taken;
    if (taken < chunk.length) yield chunk.subarray(taken);
  }
  await fed;
}
