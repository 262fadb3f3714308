import assert from 'node:assert/strict';
import { type Burst, createPool, type Pool, Verdict } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { closing } from '../support/ports.ts';

const verdictBurst = (pool: Pool, capacity: number): Burst =>
  pool.createBurst(capacity, { columns: ['verdict'] });

/** Puts frames of 60 bytes into a burst, whose first byte is their number. */
function number(burst: Burst, count: number): void {
  for (let i = 0; i < count; i++) burst.append(new Uint8Array(60).fill(i, 0, 1));
}

const numbers = (burst: Burst): number[] =>
  Array.from({ length: burst.count }, (_, i) => burst.view(i)[burst.offsets[i]!]!);

describe('Burst.deal', () => {
  it(
    'keeps, drops and moves frames by their verdicts, in order',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 64, hugePages: 'never' });
      const burst = verdictBurst(pool, 16);
      const outs = [verdictBurst(pool, 16), verdictBurst(pool, 2)];
      number(burst, 12);
      // Frames 2, 5, 8 and 11 go to port 1, which takes two; port 7 there is not.
      const { keep, drop, port } = Verdict;
      burst.verdicts.set([
        keep,
        port,
        port + 1,
        drop,
        port,
        port + 1,
        keep,
        port + 7,
        port + 1,
        keep,
        port,
        port + 1,
      ]);
      assert.equal(burst.deal(outs), 3);
      assert.deepEqual([burst, ...outs].map(numbers), [
        [0, 6, 9],
        [1, 4, 10],
        [2, 5],
      ]);
      assert.equal(pool.usage().application, 8);
      for (const each of [burst, ...outs]) each.release();
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'moves frames of several entries whole, or not at all',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 64, hugePages: 'never' });
      const burst = verdictBurst(pool, 16);
      const out = verdictBurst(pool, 4);
      number(burst, 7);
      burst.chain(0, 3);
      burst.chain(4, 2);
      burst.verdicts.set([Verdict.port, 9, 9, Verdict.keep, Verdict.port, 9, Verdict.port]);
      assert.equal(burst.deal([out]), 1);
      assert.deepEqual([numbers(burst), numbers(out)], [[3], [0, 1, 2, 6]]);
      assert.deepEqual([out.frameEntries(0), out.frameEntries(3)], [3, 1]);
      burst.release();
      out.release();
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'refuses bursts of other pools, and changes nothing',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 64, hugePages: 'never' });
      const other = await createPool({ buffers: 64, hugePages: 'never' });
      const burst = verdictBurst(pool, 4);
      number(burst, 4);
      assert.throws(() => burst.deal([other.createBurst()]), pmdError('ERR_PMD_POOL_MISMATCH'));
      assert.throws(() => burst.deal([burst]), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      assert.deepEqual(numbers(burst), [0, 1, 2, 3]);
      burst.release();
      await other.close();
    }),
  );
});
