import assert from 'node:assert/strict';
import { PmdError, type Port } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { fill } from '../support/frames.ts';
import { spinUntil } from '../support/until.ts';
import { boundMs, Diary, inject, onRig, Rig, within } from './support/rig.ts';

// A device that is gone is noticed at the next look at it, which these tests ask for: it takes milliseconds, and the rest is
// for a machine that has much else to do.
const noticedMs = 3_000;
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

/** Runs `body` for 1 to `last`, some at a time, each over a rig of its own. */
async function forEveryAccess(last: number, body: (rig: Rig, k: number) => Promise<void>): Promise<void> {
  let next = 1;
  const run = async (): Promise<void> => {
    while (next <= last) {
      const k = next++;
      try {
        await onRig((rig) => body(rig, k))();
      } catch (error) {
        throw new Error(`gone at access ${k} of ${last}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
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

/** Counts accesses in a run in which nothing goes wrong; how often is polled differs from run to run. */
async function dryRun(count: (port: Port) => Promise<number>): Promise<number> {
  const rig = await Rig.make();
  try {
    return await count(await rig.flood());
  } finally {
    await rig.dispose();
  }
}

describe('a device that is gone', function () {
  this.timeout(120_000);
  for (const mode of ['gone-ones', 'gone-zeros']) {
    it(`at any register access of open (${mode}) makes openPort fail, and say so`, async () => {
      const last = await dryRun(async (port) => accesses(port));
      let opened = 0;
      await forEveryAccess(last, async (rig, k) => {
        try {
          const port = await within(noticedMs, 'openPort', rig.flood(`${mode}:${k}`));
          opened++; // the PF answered sooner than in the dry run: the device lasts a little longer
          assert.ok(accesses(port) < k, 'it was gone before the port was open');
        } catch (error) {
          pmdError('ERR_PMD_REMOVED')(error);
        }
      });
      console.log(`      ${last} accesses, of which ${last - opened} were during openPort`);
      assert.ok(opened < last / 2);
    });

    it(`at any register access of a running port (${mode}) is noticed, and told as removal`, async () => {
      const last = await dryRun(async (port) => {
        const before = accesses(port);
        await useAll(port);
        return accesses(port) - before;
      });
      let reached = 0;
      await forEveryAccess(last, async (rig, k) => {
        const port = await rig.flood();
        const diary = new Diary(port);
        inject(port, `${mode}:${k}`);
        try {
          await within(noticedMs, 'using a port', useAll(port));
        } catch (error) {
          assert.ok(error instanceof PmdError, String(error));
          assert.ok(
            ['ERR_PMD_REMOVED', 'ERR_PMD_CLOSED'].includes(error.code),
            `${error.code}: ${error.message}`,
          );
        }
        // The PF answered sooner than in the dry run: what is left of k goes by with looks.
        if (port.state !== 'closed') await within(boundMs, 'removal', lookUntilClosed(port));
        await isRemoved(port, diary);
        reached++;
      });
      console.log(`      ${last} accesses, ${reached} removals`);
    });

    it(`at any register access of a close (${mode}) is closed all the same`, async () => {
      const last = await dryRun(async (port) => {
        const before = accesses(port);
        await port.close();
        return accesses(port) - before;
      });
      await forEveryAccess(last, async (rig, k) => {
        const port = await rig.flood();
        const { device } = port.stats();
        inject(port, `${mode}:${k}`);
        await within(noticedMs, 'close', port.close());
        assert.equal(port.state, 'closed');
        const after = port.stats().device;
        assert.ok(
          after.rxPackets! >= device.rxPackets! && after.rxPackets! < 2 ** 31,
          'counters do not jump',
        );
      });
      console.log(`      ${last} accesses`);
    });

    it(
      `while a port recovers (${mode}) ends the attempts`,
      onRig(async (rig) => {
        const port = await rig.flood();
        const diary = new Diary(port);
        inject(port, 'pf-down');
        await diary.told('recovering');
        inject(port, `${mode}:1`);
        await within(noticedMs, 'removal', isRemoved(port, diary));
      }),
    );

    it(
      `and nobody looks (${mode}) is noticed by the look once a second`,
      onRig(async (rig) => {
        const port = await rig.flood();
        const diary = new Diary(port);
        inject(port, `${mode}:1`);
        await within(boundMs, 'removal', isRemoved(port, diary));
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
        await within(noticedMs, 'close', port.close());
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
    'is granted at once, and told',
    onRig(async (rig) => {
      const [left, right] = await rig.wire();
      const [diary, other] = [new Diary(left), new Diary(right)];
      await rig.flowsBothWays(left, right);
      const begin = performance.now();
      inject(left, 'removal');
      const reason = await diary.told('removal');
      assert.ok(performance.now() - begin < 1_000);
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
    'while a port recovers is granted as soon',
    onRig(async (rig) => {
      const port = await rig.flood();
      const diary = new Diary(port);
      inject(port, 'pf-down');
      await diary.told('recovering');
      inject(port, 'removal');
      await within(boundMs, 'removal', diary.told('removal'));
      assert.equal(port.state, 'closed');
    }),
  );

  it(
    'while the PF is asked something is granted as soon, and the question is refused',
    onRig(async (rig) => {
      const port = await rig.flood();
      const diary = new Diary(port);
      inject(port, 'pf-deaf');
      const asked = assert.rejects(port.setMtu(1000), pmdError('ERR_PMD_REMOVED'));
      const waits = assert.rejects(port.setMtu(1001), pmdError('ERR_PMD_REMOVED'));
      inject(port, 'removal');
      await within(boundMs, 'removal', diary.told('removal'));
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

const errorPatienceMs = 2000; // of native/nic/port.cc

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
      await within(noticedMs, 'recovered', diary.told('recovered'));
      await rig.flowsBothWays(left, right);
    }),
  );

  it(
    'of a device that is gone is told as removal, after the time in which a kernel brings one back',
    onRig(async (rig) => {
      const port = await rig.flood();
      const diary = new Diary(port);
      inject(port, 'gone-ones:1', 'error');
      await within(noticedMs + errorPatienceMs, 'removal', isRemoved(port, diary));
    }),
  );
});
