import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { openPort } from '../../src/index.ts';
import { isWhole } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { fill, frameTo, receiveAll } from '../support/frames.ts';
import { closing, freshAddress, freshFlood } from '../support/ports.ts';
import { spinUntil, until, untilSeen } from '../support/until.ts';

const closeOnExec = 0o2000000; // O_CLOEXEC, as /proc shows it

/** The process's descriptors, with their flags; but not that of the directory itself, which is closed again by then. */
function descriptors(): { fd: string; flags: number }[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
      return [{ fd, flags: Number.parseInt(/^flags:\s+(\d+)/m.exec(info)![1]!, 8) }];
    } catch {
      return [];
    }
  });
}

describe('a port', () => {
  it(
    'opens, says what it is, and closes',
    closing(async (open) => {
      const address = freshAddress();
      const port = await open.port(address);
      assert.equal(port.address, address);
      assert.equal(port.bus, 'emulation');
      assert.equal(port.deviceId, '8086:10ca');
      assert.equal(port.state, 'running');
      assert.deepEqual(port.link, { up: true, speedMbps: 1000, fullDuplex: true });
      assert.match(port.mac, /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
      assert.equal(Number.parseInt(port.mac, 16) & 3, 2, "neither multicast nor somebody else's");
      assert.equal(port.mtu, 1500);
      assert.equal(port.rx.length, 1);
      assert.equal(port.tx.length, 1);
      assert.deepEqual(port.rx[0].token, {
        kind: 'vfio-pmd/rx',
        address,
        port: port.rx[0].token.port,
        queue: 0,
        pool: port.pool.token.pool,
      });
      const registers = await port.registers();
      assert.ok(Object.keys(registers).length > 10);
      assert.ok(Object.values(registers).every(Number.isInteger));
      await port.close();
      assert.equal(port.state, 'closed');
      assert.ok(port.pool.closed);
    }),
  );

  it(
    'has no descriptor that a program inherits which this one starts',
    closing(async (open) => {
      const before = new Set(readdirSync('/proc/self/fd'));
      await open.port(freshFlood());
      const opened = descriptors().filter(({ fd }) => !before.has(fd));
      assert.ok(opened.length > 0);
      for (const { fd, flags } of opened) assert.ok(flags & closeOnExec, `${fd} has flags ${flags}`);
    }),
  );

  it(
    'keeps its last words after it was closed',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const burst = port.pool.createBurst();
      spinUntil('a frame', () => port.rx[0].receive(burst) > 0);
      const { mac, mtu } = port;
      const { rxPackets } = port.stats();
      burst.release();
      await port.close();
      assert.deepEqual([port.mac, port.mtu, port.stats().rxPackets], [mac, mtu, rxPackets]);
      assert.equal(port.state, 'closed');
    }),
  );

  it(
    'refuses everything after it was closed, and can be closed again',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(freshAddress(), { pool });
      const burst = pool.createBurst();
      burst.append(frameTo(port, 60));
      assert.equal(port.rx[0].receive(burst), 0);
      assert.equal(port.tx[0].reclaim(), 0);
      assert.equal(port.close(), port.close());
      await port.close();
      await port.close();
      for (const use of [() => port.rx[0].receive(burst), () => port.tx[0].send(burst)]) {
        assert.throws(use, pmdError('ERR_PMD_CLOSED'));
      }
      for (const use of [
        () => port.refresh(),
        () => port.registers(),
        () => port.setMtu(1000),
        () => port.setMac('02:00:00:00:00:01'),
        () => port.setVlan(1, true),
        () => port.setMulticast([]),
      ]) {
        await assert.rejects(use(), pmdError('ERR_PMD_CLOSED'));
      }
      assert.equal(burst.count, 1);
      burst.release();
      assert.equal(port.tx[0].reclaim(), 0);
      port.rx[0].detach();
      port.tx[0].detach();
      assert.throws(() => port.rx[0].receive(burst), pmdError('ERR_PMD_CLOSED'));
      assert.throws(() => port.tx[0].send(burst), pmdError('ERR_PMD_CLOSED'));
    }),
  );

  it(
    'refuses what is asked of it while it closes',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const closed = port.close();
      await assert.rejects(port.refresh(), pmdError('ERR_PMD_CLOSED'));
      await closed;
    }),
  );

  it(
    'settles everything that was asked of it before it was closed',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const asked = [
        port.refresh(),
        port.setMtu(900),
        port.registers(),
        port.setVlan(7, true),
        port.refresh(),
      ];
      await port.close();
      for (const outcome of await Promise.allSettled(asked)) {
        if (outcome.status === 'rejected') pmdError('ERR_PMD_CLOSED')(outcome.reason);
      }
    }),
  );

  it(
    'opens again under the same address, time after time',
    closing(async (open) => {
      const address = freshAddress();
      const pool = await open.pool();
      for (let i = 0; i < 10; i++) {
        const left = await open.port(address, { pool });
        const right = await open.port(address, { pool });
        const burst = pool.createBurst();
        fill(burst, right, 4);
        left.tx[0].send(burst);
        receiveAll(right, burst, 4);
        burst.release();
        await Promise.all([left.close(), right.close()]);
        isWhole(pool);
      }
    }),
  );

  it(
    'takes back the frames of its rings at close, and leaves the application its own',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(`${freshAddress()},rate=1`, { pool });
      const burst = pool.createBurst(100);
      fill(burst, port, 100);
      assert.equal(port.tx[0].send(burst), 100);
      fill(burst, port, 5);
      await port.close();
      assert.deepEqual(pool.usage(), { free: pool.buffers - 5, rxRings: 0, txRings: 0, application: 5 });
      burst.release();
    }),
  );

  it(
    'is disposed of by `await using`',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      await port[Symbol.asyncDispose]();
      assert.equal(port.state, 'closed');
    }),
  );

  it(
    'closes although its private pool was asked to close',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      await assert.rejects(port.pool.close(), pmdError('ERR_PMD_BUSY'));
      const closed = port.close();
      await port.pool.close().catch(pmdError('ERR_PMD_BUSY'));
      await closed;
      assert.ok(port.pool.closed);
    }),
  );

  it(
    'does not keep the event loop from other ports: many open and close at once',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 16384, hugePages: 'never' });
      const ports = await Promise.all(
        [...Array(24)].map(() => open.port(freshAddress(), { pool, rxRing: 64, txRing: 64 })),
      );
      assert.equal(new Set(ports.map((port) => port.mac)).size, 24);
      await Promise.all(ports.map((port) => port.close()));
      isWhole(pool);
    }),
  );

  it(
    'keeps its pool from being closed while it is being opened',
    closing(async (open) => {
      const pool = await open.pool();
      const opening = openPort(freshFlood(), { pool });
      await assert.rejects(pool.close(), pmdError('ERR_PMD_BUSY', /a port is being opened with the pool/));
      const port = await opening;
      await assert.rejects(pool.close(), pmdError('ERR_PMD_BUSY', /uses the pool/));
      const burst = pool.createBurst();
      receiveAll(port, burst, 4);
      burst.release();
      await port.close();
      await pool.close();
    }),
  );

  it(
    'leaves its pool to be closed when it could not be opened',
    closing(async (open) => {
      const pool = await open.pool();
      const opening = openPort(freshAddress(), { pool, rxRing: 33 });
      await assert.rejects(pool.close(), pmdError('ERR_PMD_BUSY'));
      await assert.rejects(opening, pmdError('ERR_PMD_INVALID_ARGUMENT'));
      await pool.close();
      await assert.rejects(openPort(freshAddress(), { pool }), pmdError('ERR_PMD_CLOSED'));
    }),
  );
});

describe("a port's counters", () => {
  it(
    'never go backwards, while open or after',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(freshFlood(), { pool });
      const burst = pool.createBurst();
      const numbers = (value: unknown): number[] =>
        typeof value === 'object' && value !== null
          ? Object.values(value).flatMap(numbers)
          : [(value as number | null) ?? 0];
      let last = numbers(port.stats());
      const check = () => {
        const now = numbers(port.stats());
        assert.equal(now.length, last.length);
        now.forEach((value, i) => {
          assert.ok(value >= last[i]!, `${i}: ${value} after ${last[i]}`);
        });
        last = now;
      };
      for (let round = 0; round < 50; round++) {
        port.rx[0].receive(burst);
        port.tx[0].send(burst);
        burst.release();
        check();
        if (round % 10 === 0) await port.refresh();
        check();
      }
      await port.close();
      check();
      assert.ok(port.stats().rxPackets > 0 && port.stats().txPackets > 0);
    }),
  );

  it(
    'count what was received and sent, in frames and bytes',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const out = left.pool.createBurst();
      const burst = right.pool.createBurst();
      out.append(frameTo(right, 60));
      out.append(frameTo(right, 1000));
      left.tx[0].send(out);
      receiveAll(right, burst, 2);
      assert.deepEqual([left.stats().txPackets, left.stats().txBytes], [2, 1060]);
      assert.deepEqual([right.stats().rxPackets, right.stats().rxBytes], [2, 1060]);
      assert.deepEqual(right.stats().rxDropped, { errors: 0, oversize: 0, malformed: 0 });
      await Promise.all([left.refresh(), right.refresh()]);
      assert.equal(left.stats().device.txPackets, 2);
      assert.equal(right.stats().device.rxPackets, 2);
      assert.equal(right.stats().device.rxMissed, 0);
      burst.release();
    }),
  );

  it(
    'tell of frames that reached nobody, were not taken or found no descriptor',
    closing(async (open) => {
      const address = freshAddress();
      const near = await open.port(address, { mtu: 2000 });
      let sent = 0;
      const send = async (frame: Buffer, frames: number) => {
        const burst = near.pool.createBurst(frames);
        for (let i = 0; i < frames; i++) burst.append(frame);
        near.tx[0].send(burst);
        sent += frames;
        await untilSeen('all have left', async () => {
          await near.refresh();
          return near.stats().device.txPackets === sent;
        });
      };
      await send(frameTo(near, 60), 7); // nobody is there to hear
      assert.equal(near.stats().device.txUndelivered, 7);
      const far = await open.port(address, { rxRing: 32 });
      await send(frameTo(near, 60), 5);
      await send(frameTo(far, 1519), 3); // longer than the far end's MTU allows
      await send(frameTo(far, 60), 40);
      const { rxFiltered, rxMissed } = far.stats().device;
      assert.deepEqual([rxFiltered, rxMissed], [5 + 3, 40 - 31]);
      assert.equal(near.stats().device.txUndelivered, 7, 'what the far end loses has reached it');
    }),
  );
});

describe("a port's events", () => {
  it(
    "do not include 'error', whatever goes wrong",
    closing(async (open) => {
      const [port, other] = await open.wire({ pool: await open.pool() });
      const events: string[] = [];
      const emit = port.emit.bind(port) as (...event: unknown[]) => boolean;
      port.emit = ((...event: unknown[]) => {
        events.push(String(event[0]));
        return emit(...event);
      }) as typeof port.emit;
      const burst = port.pool.createBurst();
      burst.allocate(2);
      assert.throws(() => port.tx[0].send(burst));
      await assert.rejects(port.setMtu(0));
      await other.close();
      await port.refresh();
      await port.close();
      assert.throws(() => port.rx[0].receive(burst));
      burst.release();
      let turns = 0;
      await until('a few turns', () => ++turns > 10);
      assert.deepEqual(events, []);
    }),
  );
});
