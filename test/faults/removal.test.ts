import assert from 'node:assert/strict';
import { PmdError, type Port } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { fill } from '../support/frames.ts';
import { settles, spinUntil, until } from '../support/until.ts';
import { Diary, inject, onRig, type Rig } from './support/rig.ts';

const atOnce = 4;

/** Every access that a port makes to its device's registers, as far as it has told. */
function accesses(port: Port): number {
  const { reads, writes } = port.stats().bus;
  return reads! + writes!;
}

/** Everything that makes a running port touch its device, one after the other; errors are for the caller to judge. */
async function useAll(port: Port): Promise<void> {
  const burst = port.pool.createBurst();
  try {
    fill(burst, port, 8);
    port.tx[0].send(burst);
    port.rx[0].receive(burst);
    for (const use of [
      () => port.setMtu(1400),
      () => port.setVlan(5, true),
      () => port.setMac('02:00:00:00:00:05'),
      () => port.setMulticast(['01:00:5e:00:00:01']),
      () => port.registers(),
      () => port.refresh(),
    ]) {
      await use();
    }
    port.tx[0].reclaim();
  } finally {
    burst.release();
  }
}

/** So many k in a row must have come too late before no further one is tried. */
const tooLateInRow = 5;

/**
 * Runs `body` for k from 1 on, some at a time, each over a rig of its own, until none of several in a row came in time: how often
 * a register is polled differs from run to run, and with it the number of accesses. Returns how many came in time.
 */
async function forEveryAccess(body: (rig: Rig, k: number) => Promise<boolean>): Promise<number> {
  const inTime: boolean[] = [];
  const isOver = (): boolean => {
    const tail = inTime.slice(-tooLateInRow);
    return tail.length === tooLateInRow && !tail.includes(true);
  };
  for (let k = 1; !isOver(); k += atOnce) {
    const some = Array.from({ length: atOnce }, (_, i) => k + i);
    const outcomes = await Promise.all(
      some.map(async (access) => {
        let cameInTime = false;
        try {
          await onRig(async (rig) => {
            cameInTime = await body(rig, access);
          })();
        } catch (error) {
          throw new Error(`gone at access ${access}`, { cause: error });
        }
        return cameInTime;
      }),
    );
    inTime.push(...outcomes);
  }
  return inTime.filter(Boolean).length;
}

/** What must hold of a port whose device is gone: it says so once, and is closed. */
async function isRemoved(port: Port, diary: Diary): Promise<void> {
  assert.match(String(await diary.told('removal')), /gone/);
  assert.equal(port.state, 'closed');
  const burst = port.pool.createBurst();
  assert.throws(() => port.rx[0].receive(burst), pmdError('ERR_PMD_REMOVED'));
  assert.throws(() => port.tx[0].send(burst), pmdError('ERR_PMD_REMOVED'));
  await port.close();
  assert.deepEqual([diary.count('removal'), diary.count('recovered')], [1, 0]);
}

async function lookUntilClosed(port: Port): Promise<void> {
  while (port.state !== 'closed') await port.refresh().catch(pmdError('ERR_PMD_REMOVED'));
}

describe('a device that is gone', () => {
  for (const mode of ['gone-ones', 'gone-zeros']) {
    it(`at any register access of open (${mode}) makes openPort fail, and say so`, async () => {
      const count = await forEveryAccess(async (rig, k) => {
        try {
          const port = await settles('openPort', rig.flood(`${mode}:${k}`));
          assert.ok(accesses(port) < k, 'it was gone before the port was open');
          return false;
        } catch (error) {
          pmdError('ERR_PMD_REMOVED')(error);
          return true;
        }
      });
      console.log(`      ${count} accesses`);
      assert.ok(count > 0);
    });

    it(`at any register access of a running port (${mode}) is noticed, and told as removal`, async () => {
      const count = await forEveryAccess(async (rig, k) => {
        const port = await rig.flood();
        const diary = new Diary(port);
        inject(port, `${mode}:${k}`);
        const before = accesses(port);
        let cameInTime = false;
        try {
          await settles('using a port', useAll(port));
          cameInTime = accesses(port) - before >= k;
        } catch (error) {
          assert.ok(error instanceof PmdError, String(error));
          assert.ok(
            ['ERR_PMD_REMOVED', 'ERR_PMD_CLOSED'].includes(error.code),
            `${error.code}: ${error.message}`,
          );
          cameInTime = true;
        }
        if (port.state !== 'closed') await settles('removal', lookUntilClosed(port));
        await isRemoved(port, diary);
        return cameInTime;
      });
      console.log(`      ${count} accesses`);
      assert.ok(count > 0);
    });

    it(`at any register access of a recovery (${mode}) ends it, and is told as removal`, async () => {
      const count = await forEveryAccess(async (rig, k) => {
        const port = await rig.flood();
        const diary = new Diary(port);
        inject(port, 'function-reset', `${mode}:${k}`);
        port.refresh().catch(pmdErrors); // the next look would come within a second
        await until('the end of the recovery', () => diary.count('recovered') + diary.count('removal') > 0);
        const cameInTime = diary.count('recovered') === 0;
        if (!cameInTime) await settles('removal', lookUntilClosed(port));
        await diary.told('removal');
        assert.equal(port.state, 'closed');
        return cameInTime;
      });
      console.log(`      ${count} accesses`);
      assert.ok(count > 0);
    });

    it(`at any register access of a close (${mode}) is closed all the same`, async () => {
      const count = await forEveryAccess(async (rig, k) => {
        const port = await rig.flood();
        const { device } = port.stats();
        const before = accesses(port);
        inject(port, `${mode}:${k}`);
        await settles('close', port.close());
        assert.equal(port.state, 'closed');
        const after = port.stats().device;
        assert.ok(
          after.rxPackets! >= device.rxPackets! && after.rxPackets! < 2 ** 31,
          'counters do not jump',
        );
        return accesses(port) - before >= k;
      });
      console.log(`      ${count} accesses`);
      assert.ok(count > 0);
    });

    it(
      `while a port recovers (${mode}) ends the attempts`,
      onRig(async (rig) => {
        const port = await rig.flood();
        const diary = new Diary(port);
        inject(port, 'pf-down');
        await diary.told('recovering');
        inject(port, `${mode}:1`);
        await settles('removal', isRemoved(port, diary));
      }),
    );

    it(
      `and nobody looks (${mode}) is noticed by the look once a second`,
      onRig(async (rig) => {
        const port = await rig.flood();
        const diary = new Diary(port);
        inject(port, `${mode}:1`);
        await settles('removal', isRemoved(port, diary));
      }),
    );
  }

  it(
    'while openPort has yet to say that it is open is told all the same',
    onRig(async (rig) => {
      // More accesses than openPort makes, and fewer than the looks of some seconds.
      const k = accesses(await rig.flood()) + 30;
      const { rxRings } = rig.pool.usage();
      const opening = rig.flood(`gone-ones:${k}`);
      spinUntil('its opening', () => rig.pool.usage().rxRings > rxRings);
      spinUntil('its end', () => rig.pool.usage().rxRings === rxRings);
      const port = await opening;
      await isRemoved(port, new Diary(port));
    }),
  );

  it(
    'and closed at the same moment is closed once, whoever comes first',
    onRig(async (rig) => {
      for (let i = 0; i < 50; i++) {
        const port = await rig.flood();
        const diary = new Diary(port);
        inject(port, 'gone-ones:1');
        const asked = port.refresh().catch(pmdErrors);
        await settles('close', port.close());
        await asked;
        assert.equal(port.state, 'closed');
        assert.ok(diary.count('removal') <= 1);
      }
    }),
  );
});

const pmdErrors = (error: unknown): void => assert.ok(error instanceof PmdError, String(error));

describe('a removal that the system asks for', () => {
  it(
    'is granted, and told',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const [diary, other] = [new Diary(left), new Diary(right)];
      await rig.flowsBothWays(left, right);
      inject(left, 'removal');
      const reason = await diary.told('removal');
      assert.match(String(reason), /asked/);
      assert.throws(() => left.rx[0].receive(rig.pool.createBurst()), pmdError('ERR_PMD_REMOVED'));
      await assert.rejects(left.setMtu(1000), pmdError('ERR_PMD_REMOVED'));
      const again = await rig.open(left.address);
      await rig.flowsBothWays(again, right);
      assert.deepEqual(other.names(), []);
    }),
  );

  it(
    'while a port is opened makes openPort fail, and say so; or, just too late for that, the port tells it',
    onRig(async (rig) => {
      const port = await rig.flood('removal').catch(pmdError('ERR_PMD_REMOVED'));
      if (port !== true) assert.match(String(await new Diary(port).told('removal')), /asked/);
    }),
  );

  it(
    'while a port recovers is granted',
    onRig(async (rig) => {
      const port = await rig.flood();
      const diary = new Diary(port);
      inject(port, 'pf-down');
      await diary.told('recovering');
      inject(port, 'removal');
      await settles('removal', diary.told('removal'));
      assert.equal(port.state, 'closed');
    }),
  );

  it(
    'while the PF is asked something is granted, and the question is refused',
    onRig(async (rig) => {
      const port = await rig.flood();
      const diary = new Diary(port);
      inject(port, 'pf-deaf');
      const asked = assert.rejects(port.setMtu(1000), pmdError('ERR_PMD_REMOVED'));
      const waits = assert.rejects(port.setMtu(1001), pmdError('ERR_PMD_REMOVED'));
      inject(port, 'removal');
      await settles('removal', diary.told('removal'));
      await Promise.all([asked, waits]);
    }),
  );

  it(
    'with frames held: they stay readable, and can be released',
    onRig(async (rig) => {
      const port = await rig.flood();
      const diary = new Diary(port);
      const burst = rig.pool.createBurst();
      while (burst.count === 0) port.rx[0].receive(burst);
      inject(port, 'removal');
      await diary.told('removal');
      assert.equal(burst.frame(0).readUInt16BE(12), 0x88b5);
      burst.release();
    }),
  );
});

describe('an error that the device reports', () => {
  it(
    'is looked into: a device that is well goes on',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const diary = new Diary(left);
      inject(left, 'error');
      await left.refresh();
      await rig.flowsBothWays(left, right);
      assert.deepEqual(diary.names(), []);
    }),
  );

  it(
    'after a reset of its function is followed by a recovery, without waiting for the look once a second',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const diary = new Diary(left);
      inject(left, 'function-reset', 'error');
      await settles('recovered', diary.told('recovered'));
      await rig.flowsBothWays(left, right);
    }),
  );

  it(
    'of a device that is gone is told as removal, after the time in which a kernel brings one back',
    onRig(async (rig) => {
      const port = await rig.flood();
      const diary = new Diary(port);
      inject(port, 'gone-ones:1', 'error');
      await settles('removal', isRemoved(port, diary));
    }),
  );
});
