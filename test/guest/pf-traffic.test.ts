import assert from 'node:assert/strict';
import { openPort, type Port } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { skip } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { Nic } from './support/nic.ts';
import { PeerSender } from './support/peer.ts';
import { clean, Sink, Source, type Tally } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { Tcpdump } from './support/tcpdump.ts';
import { settled } from './support/transfer.ts';

/** What has not arrived by then is lost. */
const silenceMs = limitMs(30);

guestSuite('a VF and the network interface of its PF', () => {
  // Linux's igb has rings of 256 descriptors, the port one of 512.
  const [toPfWindow, toVfWindow] = [160, 384];
  const frames = scaled('frames between a VF and its PF', 20_000, { least: 5000, long: 200_000 });
  const seconds = 240 + frames / 200;
  const nic = () => Nic.ofGuest();
  let port: Port;
  before(async () => {
    port = await openPort(nic().vf(0));
  });
  after(() => port.close());

  it('pass frames of 60 to 1514 random bytes from the VF, as tcpdump has them: none lost, reordered or corrupted', async function () {
    this.timeout(limitMs(seconds + 60));
    if (Tcpdump.missing !== undefined) {
      skip(this, Tcpdump.missing);
    }
    const seed = 21;
    const tcpdump = await Tcpdump.start(nic().interface, port.mac, seed);
    const source = new Source(port, nic().mac, seed);
    await until(
      'the last frame',
      () => {
        while (source.send(Math.min(frames, tcpdump.seen + toPfWindow)) > 0);
        return tcpdump.seen >= frames;
      },
      seconds,
    );
    assert.deepEqual(await tcpdump.end(), { captured: frames, dropped: 0 });
    assert.deepEqual(tcpdump.tally, clean(frames));
  });

  it('pass frames of 60 to 1514 random bytes to the VF: none lost, reordered or corrupted', async function () {
    this.timeout(limitMs(seconds + 60));
    const seed = 22;
    const peer = new PeerSender(nic().interface, port.mac, nic().mac, frames, seed);
    const sink = new Sink(port, seed);
    let [granted, lastArrival] = [0, performance.now()];
    await until(
      'the last frame',
      () => {
        if (granted < frames && sink.seen + toVfWindow - granted >= toVfWindow / 4) {
          granted = Math.min(frames, sink.seen + toVfWindow);
          peer.grant(granted);
        }
        while (sink.receive() > 0) lastArrival = performance.now();
        return sink.seen >= frames || performance.now() - lastArrival > silenceMs;
      },
      seconds,
    );
    await peer.end();
    const tally: Tally = { ...sink.tally, lost: sink.tally.lost + frames - sink.seen };
    assert.deepEqual(tally, clean(frames));
  });

  it('have given every buffer back', async () => {
    assert.equal(await settled(port), port.pool.buffers);
  });
});
