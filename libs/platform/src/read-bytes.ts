import { LARGEST_BODY_BYTES, ProblemError } from '#libs/contracts';

/** How much of a body that is too large anyway is read, for the sender to get to the answer. */
const MOST_DISCARDED = 10 * LARGEST_BODY_BYTES;

/**
 * The whole body of a request. One beyond the limit is read to its end and thrown away: a connection closed
 * on a sender in the middle of its body would show it a reset instead of the 413.
 */
export async function readBytes(payload: AsyncIterable<Buffer>): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of payload) {
      size += chunk.length;
      if (size <= LARGEST_BODY_BYTES) chunks.push(chunk);
      else chunks = [];
      if (size > MOST_DISCARDED) break;
    }
  } catch {
    // The sender hung up; nobody is left to read the answer, but it is no fault of ours.
    throw new ProblemError('bad-request', 'The body ended early.');
  }
  if (size > LARGEST_BODY_BYTES) {
    throw new ProblemError('too-large', `A request has at most 10 MB (${LARGEST_BODY_BYTES} bytes).`);
  }
  return Buffer.concat(chunks, size);
}
