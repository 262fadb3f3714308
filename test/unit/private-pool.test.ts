import assert from 'node:assert/strict';
import { openPort, type Port } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { fill, receiveAll } from '../support/frames.ts';
import { withThreadsOccupied } from '../support/occupied-threads.ts';
import { type Closing, closing, freshAddress, freshFlood } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { warnings } from '../support/warnings.ts';

const small = { rxRing: 64, txRing: 64 };

/** Two ports over the private pool of the first. */
async function overOnePool(open: Closing): Promise<[Port, Port]> {
  const address = freshAddress();
  const first = await open.port(address);
  return [first, await open.port(address, { pool: first.pool, ...small })];
}

/** The warnings of frames held that are given while `body` runs. */
const warningsOfHeld = (body: () => Promise<void>) => warnings('PMD_FRAMES_HELD', body);

describe('a private pool that another port uses, too', () => {
  it(
    'outlives its own port, and ends with the other',
    closing(async (open) => {
      const [first, second] = await overOnePool(open);
      const { pool } = first;
      await first.close();
      assert.equal(pool.usage().free + pool.usage().rxRings, pool.buffers);
      const third = await open.port(second.address, { pool, ...small });
      const burst = pool.createBurst();
      fill(burst, third, 3);
      assert.equal(second.tx[0].send(burst), 3);
      receiveAll(third, burst, 3);
      burst.release();
      await second.close();
      assert.ok(!pool.closed);
      await third.close();
      assert.ok(pool.closed);
      await assert.rejects(pool.close(), pmdError('ERR_PMD_CLOSED'));
    }),
  );

  it(
    'outlives its own port while another is being opened',
    closing(async (open) => {
      for (const rxRing of [64, 33]) {
        const first = await open.port(freshFlood(), small);
        const { pool } = first;
        const opening = await withThreadsOccupied(async () => {
          const begun = openPort(freshFlood(), { pool, ...small, rxRing });
          begun.catch(() => undefined);
          await first.close();
          assert.ok(!pool.closed);
          return { begun };
        });
        if (rxRing === 33) {
          await assert.rejects(opening.begun, pmdError('ERR_PMD_INVALID_ARGUMENT'));
        } else {
          const second = await opening.begun;
          const burst = pool.createBurst();
          receiveAll(second, burst, 4);
          burst.release();
          await second.close();
        }
        await until('the pool to end', () => pool.closed);
      }
    }),
  );

  it(
    'ends with its own port when the other was closed before',
    closing(async (open) => {
      const [first, second] = await overOnePool(open);
      await second.close();
      assert.ok(!first.pool.closed);
      await first.close();
      assert.ok(first.pool.closed);
    }),
  );

  it(
    'ends with both when they are closed at once, and each of them can be closed again',
    closing(async (open) => {
      const ports = await overOnePool(open);
      await Promise.all(ports.map((port) => port.close()));
      await Promise.all(ports.map((port) => port.close()));
      assert.ok(ports[0].pool.closed);
    }),
  );

  it('ends when both leave their scope', async () => {
    let pool: Port['pool'];
    {
      await using first = await openPort(freshFlood());
      await using second = await openPort(freshFlood(), { pool: first.pool, ...small });
      pool = second.pool;
    }
    assert.ok(pool.closed);
  });

  it(
    'can be closed in between by nobody',
    closing(async (open) => {
      const [first, second] = await overOnePool(open);
      await first.close();
      await assert.rejects(first.pool.close(), pmdError('ERR_PMD_BUSY', /uses the pool/));
      await second.close();
    }),
  );

  it(
    'and that was closed by hand does not keep its port from closing',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const closed = port.close();
      await until('its end', () => port.state === 'closed');
      await port.pool.close().catch(pmdError('ERR_PMD_CLOSED'));
      await closed;
    }),
  );

  it(
    'warns once of frames that are neither released nor sent when it ends',
    closing(async (open) => {
      const [first, second] = await overOnePool(open);
      const held = first.pool.createBurst(); // until the end: a burst that is collected gives its frames back
      held.allocate(3);
      assert.deepEqual(await warningsOfHeld(() => first.close()), []);
      const [warning, ...others] = await warningsOfHeld(() => second.close());
      assert.match(String(warning), /3 frames/);
      assert.deepEqual(others, []);
      assert.equal(held.count, 3);
    }),
  );
});
