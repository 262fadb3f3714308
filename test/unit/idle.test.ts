import assert from 'node:assert/strict';
import type { Port } from '../../src/index.ts';
import { closing, freshAddress } from '../support/ports.ts';

/** A broadcast frame of 60 bytes, numbered. */
function frame(number: number): Buffer {
  const bytes = Buffer.alloc(60, 0xff);
  bytes.writeUInt32BE(number, 14);
  return bytes;
}

function send(port: Port, number: number): void {
  const burst = port.pool.createBurst(1);
  burst.append(frame(number));
  assert.equal(port.tx[0].send(burst), 1);
}

describe('the iterator on an idle queue', () => {
  it(
    'sleeps, and wakes by the interrupt for a frame',
    closing(async (open) => {
      const [receiver, sender] = await open.wire();
      const seen: number[] = [];
      let delayMs = 5; // until it sleeps: on a busy machine that takes longer, so each frame is given more time
      send(sender, 0);
      for await (const burst of receiver.rx[0]) {
        for (let i = 0; i < burst.count; i++) seen.push(burst.frame(i).readUInt32BE(14));
        await receiver.refresh();
        if (receiver.stats().bus['interrupts']! >= 3) break;
        delayMs *= 1.5;
        setTimeout(() => send(sender, seen.length), delayMs);
      }
      assert.deepEqual(seen, [...seen.keys()]);
    }),
  );

  it(
    'ends at once when the signal aborts, or the port is closed, while it sleeps',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 20);
      for await (const _ of port.rx[0].bursts({ signal: abort.signal })) assert.fail('no frame was sent');
      setTimeout(() => void port.close(), 20);
      for await (const _ of port.rx[0]) assert.fail('no frame was sent');
      assert.equal(port.state, 'closed');
    }),
  );
});
