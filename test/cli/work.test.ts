import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { type Burst, createPool, openPort, type Pool, type Port } from '../../src/index.ts';
import { BurstSizes } from '../../src/measure/burst-sizes.ts';
import { Forwarder, type ForwardMode } from '../../src/measure/forwarder.ts';
import { Generator } from '../../src/measure/generator.ts';
import { PollLoop } from '../../src/measure/poll-loop.ts';
import { Receiver } from '../../src/measure/receiver.ts';
import type { Work } from '../../src/measure/work.ts';
import { oneSize } from '../../src/traffic/sizes.ts';

const headerText = (frame: Buffer) => frame.toString('hex', 0, 14);
const hex = (mac: string) => mac.replaceAll(':', '');

/** Polls until a frame is in the burst; the test's own timeout is the limit. */
async function receive(port: Port, burst: Burst, meanwhile: () => void): Promise<Buffer> {
  while (port.rx[0].receive(burst) === 0) {
    meanwhile();
    await setImmediate();
  }
  return burst.frame(0);
}

describe('forwarding between two wires', () => {
  let pool: Pool;
  let ports: Port[];
  let burst: Burst;

  // left -- (a, b) -- right
  before(async () => {
    pool = await createPool({ buffers: 8192 });
    ports = [];
    for (const address of ['emu:l', 'emu:l', 'emu:r', 'emu:r']) ports.push(await openPort(address, { pool }));
    burst = pool.createBurst();
  });
  after(async () => {
    for (const port of ports) await port.close();
    await pool.close();
  });
  afterEach(() => burst.release());

  function send(port: Port, destination: string, source: string): void {
    const frame = Buffer.from(`${hex(destination)}${hex(source)}88b5`.padEnd(120, '0'), 'hex');
    assert.ok(burst.append(frame));
    assert.equal(port.tx[0].send(burst), 1);
  }

  function forwarder(mode: ForwardMode, destinations: string[] = []): Forwarder {
    return new Forwarder(pool, ports.slice(1, 3), { mode, burstSize: 32, destinations });
  }

  it('mac: to the given far end, from the port that it leaves by', async () => {
    const [left, a, b, right] = ports as [Port, Port, Port, Port];
    const work = forwarder('mac', [left.mac, right.mac]);
    send(left, a.mac, left.mac);
    const frame = await receive(right, burst, () => work.round(32));
    assert.equal(headerText(frame), `${hex(right.mac)}${hex(b.mac)}88b5`);
  });

  it('mac: to who last sent to the port', async () => {
    const [left, a, b, right] = ports as [Port, Port, Port, Port];
    const work = forwarder('mac');
    send(right, b.mac, right.mac);
    while (work.round(32) === 0) await setImmediate(); // to nobody, because the left one has not been heard of
    send(left, a.mac, left.mac);
    const frame = await receive(right, burst, () => work.round(32));
    assert.equal(headerText(frame), `${hex(right.mac)}${hex(b.mac)}88b5`);
  });

  it('macswap: source and destination change places', async () => {
    const [left, a, , right] = ports as [Port, Port, Port, Port];
    const work = forwarder('macswap');
    send(left, a.mac, right.mac);
    const frame = await receive(right, burst, () => work.round(32));
    assert.equal(headerText(frame), `${hex(right.mac)}${hex(a.mac)}88b5`);
  });

  it('io: as it came', async () => {
    const [left, , , right] = ports as [Port, Port, Port, Port];
    const work = forwarder('io');
    send(left, 'ff:ff:ff:ff:ff:ff', left.mac);
    const frame = await receive(right, burst, () => work.round(32));
    assert.equal(headerText(frame), `ffffffffffff${hex(left.mac)}88b5`);
  });

  it('a generator fills frames, and keeps what the ring has no room for', async () => {
    const [left, a] = ports as [Port, Port];
    const work = new Generator(pool, [left], {
      traffic: { template: 'ethernet', sizes: oneSize(64), fields: [], seed: 1 },
      burstSize: 32,
      destinations: [a.mac],
    });
    let sent = work.round(32);
    const frame = await receive(a, burst, () => {
      sent += work.round(32);
    });
    assert.equal(headerText(frame), `${hex(a.mac)}${hex(left.mac)}88b5`);
    assert.deepEqual(
      [...frame.subarray(30)],
      Array.from({ length: 34 }, (_, i) => i + 16),
    );
    work.release();
    assert.ok(sent > 0);
    assert.ok(left.stats().txPackets >= sent);
  });

  it('nothing is left with the application', async () => {
    const [, a] = ports as [Port, Port];
    const work = new Receiver(pool, [a], 32);
    while (work.round(1024) > 0) await setImmediate();
    assert.equal(pool.usage().application, 0);
  });
});

/** Moves as many frames a round as it is told to, again and again. */
function fakeWork(rounds: readonly number[], onRound: (budget: number) => void = () => {}): Work {
  let round = 0;
  return {
    sends: false,
    bursts: new BurstSizes(),
    txDropped: [],
    release: () => {},
    round(budget) {
      onRound(budget);
      return Math.min(budget, rounds[round++ % rounds.length]!);
    },
  };
}

describe('the poll loop', () => {
  it('ends at exactly the frames it was given', async () => {
    const loop = new PollLoop(fakeWork([32, 0, 7]), 100_001);
    await loop.run();
    assert.equal(loop.frames, 100_001);
    assert.ok(loop.busyCycles > 0);
  });

  it('lets timers run, whether it is busy or idle', async () => {
    for (const rounds of [[32], [0], [0, 1]]) {
      const loop = new PollLoop(fakeWork(rounds), Number.POSITIVE_INFINITY);
      setTimeout(() => loop.stop(), 1);
      await loop.run();
    }
  });

  it('counts no cycles while nothing moves', async () => {
    const loop = new PollLoop(fakeWork([0]), Number.POSITIVE_INFINITY);
    setTimeout(() => loop.stop(), 1);
    await loop.run();
    assert.equal(loop.busyCycles, 0);
  });

  it('ends with the error of its work', async () => {
    const error = new Error('gone');
    const work = fakeWork([1], () => {
      throw error;
    });
    await assert.rejects(new PollLoop(work, 10).run(), error);
  });
});
