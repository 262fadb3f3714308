import assert from 'node:assert/strict';
import { openPort, type PortOptions } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { closing } from '../support/ports.ts';
import { freshLoop, needsLoopback, send, take, udpTo } from './support/loopback.ts';

describe("limits of a port that are not igbvf's", () => {
  before(needsLoopback);

  it(
    "are the driver's",
    closing(async (open) => {
      const port = await open.port(freshLoop());
      assert.deepEqual(port.capabilities, {
        driver: 'loopback',
        rxQueues: 2,
        txQueues: 2,
        rxRing: { min: 16, max: 256 },
        txRing: { min: 8, max: 128 },
        mtu: { min: 256, max: 2000 },
        chains: false,
        rxFlags: 0,
        txOffloads: {
          vlan: 'software',
          ipChecksum: 'software',
          tcpChecksum: 'software',
          udpChecksum: 'software',
          sctpChecksum: 'software',
          tcpSegmentation: 'software',
          udpSegmentation: 'software',
        },
        rss: true,
        setMac: false,
        vlanFilter: false,
        multicastAddresses: 0,
        allMulticast: false,
        ends: false,
        ownTimes: false,
      });
    }),
  );

  const refused: [options: PortOptions, message: RegExp][] = [
    [{ rxRing: 512 }, /an RX ring of 512 descriptors \(use a power of two from 16 to 256\)/],
    [{ rxRing: 0 }, /an RX ring of 0 descriptors \(use a power of two from 16 to 256\)/],
    [{ rxRing: 100 }, /an RX ring of 100 descriptors \(use a power of two from 16 to 256\)/],
    [{ txRing: 4 }, /a TX ring of 4 descriptors \(use a power of two from 8 to 128\)/],
    [{ mtu: 255 }, /an MTU of 255 \(use 256 to 2000\)/],
    [{ mtu: 2001 }, /an MTU of 2001 \(use 256 to 2000\)/],
    [{ rxQueues: 3 }, /3 RX queues \(the device has 2: use 1 to 2\)/],
    [{ txQueues: 65535 }, /65535 TX queues \(the device has 2: use 1 to 2\)/],
    [
      { chains: true },
      /the loopback driver receives no frames of several buffers \(open the port without chains\)/,
    ],
    [{ mac: '02:00:00:00:00:01' }, /the loopback driver cannot change the MAC address/],
  ];
  for (const [options, message] of refused) {
    it(`refuse ${JSON.stringify(options)}, and say what is possible`, async () => {
      await assert.rejects(openPort(freshLoop(), options), pmdError('ERR_PMD_INVALID_ARGUMENT', message));
    });
  }

  it(
    'are kept by what nobody asked for',
    closing(async (open) => {
      // 512 descriptors are more than the rings can have.
      const port = await open.port(freshLoop(), { rxQueues: 1, txQueues: 1 });
      const frames = Array(127).fill(udpTo(port, 0));
      for (let round = 0; round < 3; round++) send(port, frames);
      assert.equal(take(port.rx[0]), 255);
    }),
  );

  it(
    'are the smallest and the largest that work',
    closing(async (open) => {
      const small = { rxRing: 16, txRing: 8, mtu: 256, rxQueues: 1, txQueues: 1 };
      const large = { rxRing: 256, txRing: 128, mtu: 2000, rxQueues: 2, txQueues: 2 };
      for (const options of [small, large]) {
        const port = await open.port(freshLoop(), options);
        const burst = port.pool.createBurst(8);
        const frame = Buffer.alloc(options.mtu + 18);
        frame.set(udpTo(port, 0));
        assert.ok(burst.append(frame));
        assert.equal(port.tx[0].send(burst), 1);
        const received = port.rx.map(take);
        assert.equal(
          received.reduce((sum, count) => sum + count),
          1,
        );
        burst.allocate(1);
        burst.lengths[0] = options.mtu + 19;
        assert.throws(() => port.tx[0].send(burst), { code: 'ERR_PMD_FRAME_LENGTH' });
        burst.release();
      }
    }),
  );

  it(
    'refuse requests that the driver cannot carry out',
    closing(async (open) => {
      const port = await open.port(freshLoop());
      const { mac, mtu } = port;
      for (const [request, message] of [
        [() => port.setVlan(5, true), /the loopback driver cannot join a VLAN/],
        [() => port.setMac('02:00:00:00:00:01'), /the loopback driver cannot change the MAC address/],
        [() => port.setMulticast([], true), /the loopback driver cannot receive all multicast frames/],
        [() => port.setMulticast(['01:00:5e:00:00:01']), /a list of up to 0 MAC addresses/],
        [() => port.setMtu(2001), /an MTU of 2001 \(use 256 to 2000\)/],
      ] as const) {
        await assert.rejects(request(), pmdError('ERR_PMD_INVALID_ARGUMENT', message));
      }
      assert.deepEqual([port.mac, port.mtu], [mac, mtu]);
      await port.setMtu(300);
      assert.equal(port.mtu, 300);
    }),
  );

  it('are the schemes that a malformed address is told of', async () => {
    await assert.rejects(
      openPort('nothing'),
      pmdError('ERR_PMD_ADDRESS', /loop:NAME for an end of a cable, or emu:NAME/),
    );
    await assert.rejects(openPort('loop:'), pmdError('ERR_PMD_ADDRESS', /use letters in lower case/));
  });
});

describe('a cable', () => {
  before(needsLoopback);

  it(
    'joins the two ports of its name, and no third',
    closing(async (open) => {
      const address = freshLoop();
      const [left, right] = [await open.port(address), await open.port(address)];
      await assert.rejects(openPort(address), pmdError('ERR_PMD_BUSY', /both ends of the cable/));
      send(left, [udpTo(right, 1)]);
      send(right, [udpTo(left, 1), udpTo(left, 1)]);
      const frames = [left, right].map(({ rx }) => rx.map(take).reduce((sum, count) => sum + count));
      assert.deepEqual(frames, [2, 1]);
      await left.close();
      send(right, [udpTo(right, 1)]);
      assert.equal(
        right.rx.map(take).reduce((sum, count) => sum + count),
        1,
      );
    }),
  );
});
