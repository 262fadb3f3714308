import assert from 'node:assert/strict';
import type { Pool, Port } from '../../src/index.ts';
import { append, expectSegments, largeFrame, segmentSize } from '../support/segments.ts';
import { over, plugged, wired } from './support/wired.ts';

/** Sends a frame that is to be cut, and demands its segments. */
async function cut(pool: Pool, from: Port, to: Port): Promise<void> {
  for (const version of [4, 6] as const) {
    const frame = largeFrame(from, to, version, 60_000);
    const out = pool.createBurst(64, { columns: ['segmentSize'] });
    const first = append(out, frame);
    out.segmentSizes[first] = segmentSize;
    assert.ok(from.tx[0].send(out) > 1);
    assert.equal(out.count, 0);
    await expectSegments(to, pool, frame, version);
  }
}

describe('a frame that the kernel is to cut', () => {
  it(
    'arrives through a packet: port as segments whose payload, put together, is what was sent',
    over(async (network, open) => {
      const [left, right] = await wired(network, open);
      await cut(left.pool, left, right);
    }),
  );

  it(
    'arrives through a tap: port as segments whose payload, put together, is what was sent',
    over(async (network, open) => {
      const [port, kernel] = await plugged(network, open);
      await cut(port.pool, port, kernel);
    }),
  );
});
