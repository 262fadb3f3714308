import assert from 'node:assert/strict';
import { openPort } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { skip } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { Nic } from './support/nic.ts';
import { clean, Sink, Source } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { Testpmd, testpmdMissing } from './support/testpmd.ts';
import { settled } from './support/transfer.ts';

guestSuite("a VF under DPDK's testpmd", () => {
  it('sends every frame of ours back, whole and in order, and both sides have counted the same', async function () {
    if (testpmdMissing !== undefined) skip(this, testpmdMissing);
    const frames = scaled('frames sent back by testpmd', 10_000, { least: 500, long: 100_000 });
    const seconds = 240 + frames / 100;
    this.timeout(limitMs(seconds + 120));
    const nic = Nic.ofGuest();
    const testpmd = await Testpmd.start(nic.vf(1), '--forward-mode=macswap');
    const port = await openPort(nic.vf(0));
    const [source, sink] = [new Source(port, nic.vfMac(1), 31), new Sink(port, 31)];
    await until(
      'the last frame',
      () => {
        while (source.send(Math.min(frames, sink.seen + 192)) > 0);
        while (sink.receive() > 0);
        return sink.seen >= frames;
      },
      seconds,
    );
    assert.deepEqual(sink.tally, clean(frames));
    assert.deepEqual(await testpmd.end(), { received: frames, sent: frames });
    const { txPackets, rxPackets } = port.stats();
    assert.deepEqual({ txPackets, rxPackets }, { txPackets: frames, rxPackets: frames });
    assert.equal(await settled(port), port.pool.buffers);
    await port.close();
  });
});
