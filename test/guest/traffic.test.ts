import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { type Burst, createPool, openPort, type Pool, type Port } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { until, untilSeen } from '../support/until.ts';
import { addressBytes, longestFrame } from './support/content.ts';
import { Nic } from './support/nic.ts';
import { clean, Sink, Source } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { settled, transfer } from './support/transfer.ts';

const [vf0, vf1] = [process.env['VF0'] ?? '', process.env['VF1'] ?? ''];

guestSuite('two VFs, each with a pool of its own', () => {
  let a: Port;
  let b: Port;
  before(async () => {
    [a, b] = [await openPort(vf0), await openPort(vf1)];
  });
  after(() => Promise.all([a.close(), b.close()]));

  it('are what the PF made them', () => {
    for (const [n, port] of [a, b].entries()) {
      assert.equal(port.bus, 'vfio');
      assert.equal(port.deviceId, '8086:10ca');
      assert.equal(port.mac, `52:54:00:00:00:1${n}`);
      assert.deepEqual(port.link, { up: true, speedMbps: 1000, fullDuplex: true });
      assert.equal(port.pool.pageSize, 2 << 20);
    }
  });

  for (const [name, from, to] of [
    ['there', 0, 1],
    ['back', 1, 0],
  ] as const) {
    it(`pass frames of 60 to 1514 random bytes ${name}: none lost, reordered or corrupted`, async function () {
      const frames = scaled(`frames from VF to VF, ${name}`, 100_000, { least: 5000 });
      this.timeout(limitMs(300 + frames / 200));
      const ports = [a, b];
      assert.deepEqual(await transfer(ports[from]!, ports[to]!, frames, { seed: 7 + from }), clean(frames));
    });
  }

  it('have counted what passed, and so has the device', async () => {
    await Promise.all([a.refresh(), b.refresh()]);
    const [sent, received] = [a.stats(), b.stats()];
    assert.equal(sent.txPackets, received.rxPackets);
    assert.equal(sent.txBytes, received.rxBytes);
    assert.equal(sent.device.txPackets, sent.txPackets);
    assert.equal(received.device.rxPackets, received.rxPackets);
    assert.deepEqual(received.rxDropped, { errors: 0, oversize: 0, malformed: 0 });
  });

  it('have given every buffer back', async () => {
    for (const port of [a, b]) assert.equal(await settled(port), port.pool.buffers);
  });

  it("refuse each other's frames, and leave them where they are", () => {
    const burst = a.pool.createBurst();
    burst.append(Buffer.alloc(100));
    assert.throws(() => b.tx[0].send(burst), {
      name: 'PmdError',
      code: 'ERR_PMD_POOL_MISMATCH',
      address: vf1,
      hint: 'open both ports with one pool, or copy the frames',
    });
    assert.equal(burst.count, 1);
    burst.release();
  });
});

guestSuite('two VFs with one pool', () => {
  let pool: Pool;
  let a: Port;
  let b: Port;
  before(async () => {
    pool = await createPool();
    [a, b] = [await openPort(vf0, { pool }), await openPort(vf1, { pool })];
  });
  after(async () => {
    await Promise.all([a.close(), b.close()]);
    await pool.close();
  });

  it('are in IOMMU containers of their own', () => {
    const targets = readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return []; // the descriptor of the listing itself
      }
    });
    assert.equal(targets.filter((target) => target === '/dev/vfio/vfio').length, 2);
  });

  // What b receives goes out of a again, in the same buffer: a's device reads what b's device has written.
  it('forward from one to the other without a copy', async () => {
    const [circling, hops] = [64, scaled('hops of a frame', 20_000, { least: 640 })];
    const source = new Source(a, b.mac, 3);
    while (source.sent < circling) source.send(circling);
    const burst = pool.createBurst(64);
    let forwarded = 0;
    await until('all hops', () => {
      for (let poll = 0; poll < 1000 && forwarded < hops; poll++) {
        b.rx[0].receive(burst);
        if (burst.count > 0) forwarded += a.tx[0].send(burst);
      }
      return forwarded >= hops;
    });
    const sink = new Sink(b, 3);
    await untilSeen('the last hop', () => sink.receive() >= 0 && sink.tally.received >= circling);
    assert.equal(sink.tally.corrupted, 0);
    assert.equal(b.stats().rxPackets, a.stats().txPackets);
  });

  it('have given every buffer back', async () => {
    await settled(a);
    assert.equal(await settled(b), pool.buffers);
  });
});

// QEMU's model drops a frame whose descriptor crosses into a page that does not follow in physical memory.
guestSuite('every buffer of a pool', () => {
  for (const hugePages of ['try', 'never'] as const) {
    it(`can be sent from, with huge pages: ${hugePages}`, async () => {
      const pool = await createPool({ hugePages });
      const [a, b] = [await openPort(vf0, { pool }), await openPort(vf1, { pool })];
      const lengths = [longestFrame, 700];
      for (const length of lengths) {
        const { sent, received } = await sendEveryBuffer(a, b, length);
        assert.ok(sent.size > pool.buffers / 2);
        assert.deepEqual(
          [...sent].filter((buffer) => !received.has(buffer)),
          [],
        );
      }
      await settled(a);
      assert.equal(await settled(b), pool.buffers);
      await Promise.all([a.close(), b.close()]);
      await pool.close();
    });
  }
});

/** Sends one frame out of each free buffer but some that the receiver needs; returns which, and which arrived. */
async function sendEveryBuffer(from: Port, to: Port, length: number) {
  const { pool } = from;
  const bursts: Burst[] = [];
  do bursts.push(pool.createBurst(64));
  while (bursts.at(-1)!.allocate() > 0);
  for (const burst of bursts.splice(-4)) burst.release();
  const addresses = addressBytes(to.mac, from.mac);
  const [sent, received] = [new Set<number>(), new Set<number>()];
  const incoming = pool.createBurst(64);
  for (const burst of bursts) {
    for (let i = 0; i < burst.count; i++) {
      const [view, offset] = [burst.view(i), burst.offsets[i]!];
      addresses.copy(view, offset);
      view.writeUInt16BE(0x88b6, offset + 12);
      view.writeUInt32LE(burst.indices[i]!, offset + 14);
      burst.lengths[i] = length;
      sent.add(burst.indices[i]!);
    }
    while (burst.count > 0) from.tx[0].send(burst);
    await untilSeen('a burst of frames', () => {
      const count = to.rx[0].receive(incoming);
      for (let i = 0; i < count; i++) {
        const at = incoming.offsets[i]!;
        if (incoming.view(i).readUInt16BE(at + 12) === 0x88b6) {
          received.add(incoming.view(i).readUInt32LE(at + 14));
        }
      }
      incoming.release();
      return count === 0;
    });
  }
  return { sent, received };
}

guestSuite('a port', () => {
  const nic = () => Nic.ofGuest();
  after(() => nic().assignMac(0, nic().vfMac(0)));

  it('opens, closes and opens again', async () => {
    const rounds = scaled('times that two VFs are opened', 5, { least: 3, long: 20 });
    for (let round = 0; round < rounds; round++) {
      const [a, b] = [await openPort(vf0), await openPort(vf1)];
      assert.deepEqual(await transfer(a, b, 200), clean(200));
      await Promise.all([a.close(), b.close()]);
      assert.equal(a.state, 'closed');
      assert.throws(() => a.rx[0].receive(a.pool.createBurst()), { code: 'ERR_PMD_CLOSED' });
    }
  });

  it('makes up a MAC when the PF assigned none, and can be reached by it', async () => {
    await nic().assignMac(0, null);
    const [a, b] = [await openPort(vf0), await openPort(vf1)];
    try {
      assert.match(a.mac, /^.[26ae]:/);
      assert.notEqual(a.mac, nic().vfMac(0));
      assert.deepEqual(await transfer(b, a, 1000), clean(1000));
    } finally {
      await Promise.all([a.close(), b.close()]);
    }
  });

  it('takes the MAC it is told to when the PF assigned none', async () => {
    const mac = '02:11:22:33:44:55';
    const [a, b] = [await openPort(vf0, { mac }), await openPort(vf1)];
    try {
      assert.equal(a.mac, mac);
      assert.deepEqual(await transfer(b, a, 1000), clean(1000));
    } finally {
      await Promise.all([a.close(), b.close()]);
    }
  });
});
