import assert from 'node:assert/strict';
import { openPort, type Port } from '../../src/index.ts';

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
  it('sleeps, and wakes by the interrupt for each frame', async () => {
    const receiver = await openPort('emu:idle');
    const sender = await openPort('emu:idle');
    const seen: number[] = [];
    send(sender, 0);
    for await (const burst of receiver.rx[0]) {
      for (let i = 0; i < burst.count; i++) seen.push(burst.frame(i).readUInt32BE(14));
      if (seen.length === 5) break;
      setTimeout(() => send(sender, seen.length), 20); // it sleeps by then; else the count of interrupts below is 0
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4]);
    await receiver.refresh();
    assert.ok((receiver.stats().bus['interrupts'] ?? 0) > 0, 'woken by interrupts, not by polling');
    await Promise.all([receiver.close(), sender.close()]);
  });

  it('ends at once when the signal aborts, or the port is closed, while it sleeps', async () => {
    const port = await openPort('emu:idle');
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    for await (const _ of port.rx[0].bursts({ signal: abort.signal })) assert.fail('no frame was sent');
    setTimeout(() => void port.close(), 20);
    for await (const _ of port.rx[0]) assert.fail('no frame was sent');
    assert.equal(port.state, 'closed');
  });
});
