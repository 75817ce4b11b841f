import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { canStartKafka } from './logs.js';

/** A few rounds of `npm run chaos`, always the same faults; it needs a broker that it may kill. */
const ROUNDS = 6;
const SEED = 1;

(canStartKafka || process.env.CI ? describe : describe.skip)('the chain on Kafka under faults', () => {
  it(`shows the figures of the reference model after each of ${ROUNDS} rounds`, async () => {
    const { code, output } = await chaos('--rounds', String(ROUNDS), '--seed', String(SEED));
    console.log(output);
    expect({ code, rounds: output.match(/^✓ round/gm)?.length }).toEqual({ code: 0, rounds: ROUNDS });
    expect(output).toContain('nothing lost, nothing doubled, no announcement twice');
  }, 600_000);

  it('refuses options that it cannot read', async () => {
    const { code, output } = await chaos('--rounds', 'many');
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('--rounds') });
  });
});

async function chaos(...options: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/chaos/src/main.js', ...options], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}
