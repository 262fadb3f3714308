import { setImmediate } from 'node:timers/promises';
import type { Port } from '../../../src/index.ts';
import { limitMs } from '../../support/limits.ts';
import { untilSeen } from '../../support/until.ts';
import { Sink, Source, type Tally } from './stream.ts';

/** What has not arrived by then is lost. */
const silenceMs = limitMs(30);
const turnsPerYield = 16;

/**
 * Sends numbered frames of random sizes and contents from one port to another, with at most `window` of them on their
 * way, which must be fewer than the RX ring holds.
 */
export async function transfer(
  from: Port,
  to: Port,
  frames: number,
  { window = 384, seed = 1 } = {},
): Promise<Tally> {
  const source = new Source(from, to.mac, seed);
  const sink = new Sink(to, seed);
  let lastArrival = performance.now();
  for (let turn = 0; sink.seen < frames; turn++) {
    source.send(Math.min(frames, sink.seen + window));
    if (sink.receive() > 0) lastArrival = performance.now();
    else if (performance.now() - lastArrival > silenceMs) break;
    if (turn % turnsPerYield === 0) await setImmediate();
  }
  source.release();
  return { ...sink.tally, lost: sink.tally.lost + frames - sink.seen };
}

/** Waits until no frame of the pool is anywhere but free or on RX rings, and returns how many those are. */
export async function settled(port: Port): Promise<number> {
  await untilSeen('TX rings reclaimed', () => {
    port.tx[0].reclaim();
    return port.pool.usage().txRings === 0;
  });
  const { free, rxRings } = port.pool.usage();
  return free + rxRings;
}
