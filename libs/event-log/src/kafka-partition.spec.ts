import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type PartitionMetadata, Partitioners } from 'kafkajs';
import { kafkaPartitionOf } from './kafka-partition.js';

/** A partitioner of others, which is told the same as Java's. */
function theirs(key: string | Buffer, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    ...{ partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] },
  })) as PartitionMetadata[];
  return Partitioners.DefaultPartitioner()({ topic: 't', partitionMetadata, message: { key, value: null } });
}

describe('the partition of a key on Kafka', () => {
  it('is the one that Kafka’s clients choose', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 64 }),
        (key, partitions) => {
          const bytes = Buffer.from(key as string);
          expect(kafkaPartitionOf(bytes, partitions)).toBe(theirs(bytes, partitions));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['urn:vn:cantho:motcua|000.00.05.H13-180105-0001', 4],
    ['urn:vn:cantho:motcua|Hồ sơ số 7', 12],
    ['', 7],
  ])('is the same for text and bytes of %j', (key, partitions) => {
    expect(kafkaPartitionOf(key, partitions)).toBe(kafkaPartitionOf(Buffer.from(key), partitions));
    expect(kafkaPartitionOf(key, partitions)).toBe(theirs(key === '' ? Buffer.alloc(0) : key, partitions));
  });
});
