const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * The partition of a key as Kafka's own clients choose it: MurmurHash2 of its bytes, without the sign. Upstream
 * systems write to the same topic with those clients, and a dossier's events must lie on one partition whoever
 * sent them: their order hangs on it, and so does the lock under which they are applied.
 */
export function kafkaPartitionOf(key: string | Uint8Array, partitions: number): number {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'utf8') : key;
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}

function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const whole = length - (length % 4);
  const byte = (index: number): number => bytes[index] ?? 0;
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (whole < length) {
    let rest = 0;
    for (let at = length - 1; at >= whole; at -= 1) rest = (rest << 8) | byte(at);
    hash = Math.imul(hash ^ rest, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
