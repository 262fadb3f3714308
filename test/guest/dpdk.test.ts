import assert from 'node:assert/strict';
import { openPort, type Port } from '../../src/index.ts';
import { scaled } from '../support/scale.ts';
import { Nic } from './support/nic.ts';
import { clean, Sink, Source } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { Testpmd, testpmdMissing } from './support/testpmd.ts';
import { settled } from './support/transfer.ts';
import { untilDone } from './support/until.ts';

guestSuite("a VF under DPDK's testpmd", () => {
  let testpmd: Testpmd | undefined;
  let port: Port | undefined;
  after(async () => {
    await testpmd?.kill();
    await port?.close();
  });

  it('sends every frame of ours back, whole and in order, and both sides have counted the same', async function () {
    const frames = scaled('frames sent back by testpmd', 50_000, { least: 500, long: 100_000 });
    this.timeout(120_000 + frames);
    if (testpmdMissing !== undefined) {
      this.test!.title += ` [${testpmdMissing}]`;
      this.skip();
    }
    const nic = Nic.ofGuest();
    testpmd = await Testpmd.start(nic.vf(1), '--forward-mode=macswap');
    port = await openPort(nic.vf(0));
    const [source, sink] = [new Source(port, nic.vfMac(1), 31), new Sink(port, 31)];
    await untilDone(
      'the last frame',
      () => {
        while (source.send(Math.min(frames, sink.seen + 192)) > 0);
        while (sink.receive() > 0);
        return sink.seen >= frames;
      },
      60 + frames / 500,
    );
    assert.deepEqual(sink.tally, clean(frames));
    assert.deepEqual(await testpmd.end(), { received: frames, sent: frames });
    const { txPackets, rxPackets } = port.stats();
    assert.deepEqual({ txPackets, rxPackets }, { txPackets: frames, rxPackets: frames });
    assert.equal(await settled(port), port.pool.buffers);
  });
});
