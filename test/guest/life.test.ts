import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { openPort } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { settles } from '../support/until.ts';
import { Monitor } from './support/monitor.ts';
import { bind, Nic, resetFunction, unbind } from './support/nic.ts';
import { enough, onPair, Pair, recovered, removed } from './support/pair.ts';
import { PortLog } from './support/port-log.ts';
import { Program } from './support/program.ts';
import { clean } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { transfer } from './support/transfer.ts';

const pf = () => Nic.ofGuest();

guestSuite('a program that is killed in the middle of DMA', () => {
  const rounds = scaled('kills in the middle of DMA', 5, { least: 1, long: 30 });
  it(`leaves VFs that open at the first try, ${rounds} times`, async function () {
    this.timeout(limitMs(60 + rounds * 60));
    for (let round = 0; round < rounds; round++) {
      const program = new Program('exchange');
      await program.says('passing');
      await program.kill();
    }
    const [a, b] = [await openPort(pf().vf(0)), await openPort(pf().vf(1))];
    assert.deepEqual(await transfer(a, b, 1000), clean(1000));
    await Promise.all([a.close(), b.close()]);
  });
});

guestSuite('a program that a port opener starts', () => {
  it('inherits no descriptor of VFIO', async () => {
    const port = await openPort(pf().vf(0));
    const vfio = readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${fd}`);
        return target.includes('vfio') ? [{ fd, target }] : [];
      } catch {
        return []; // the directory's own, which is closed by now
      }
    });
    assert.ok(
      vfio.some(({ target }) => target.startsWith('/dev/vfio/')),
      JSON.stringify(vfio),
    );
    for (const { fd, target } of vfio) {
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!;
      assert.ok(Number.parseInt(flags, 8) & 0o2000000, `${target} has flags ${flags}`); // O_CLOEXEC
    }
    await port.close();
  });
});

guestSuite('VFs that are taken away under traffic', () => {
  const rounds = scaled('removals by sriov_numvfs', 2, { least: 1, long: 10 });
  it(`by sriov_numvfs: told as removal, and opened again, ${rounds} times`, async function () {
    this.timeout(limitMs(60 + rounds * 120));
    const nic = pf();
    for (let round = 0; round < rounds; round++) {
      const pair = await Pair.open(nic);
      await settles('echo 0 > sriov_numvfs', nic.setVfs(0));
      await removed(pair);
      await pair.close();
      await nic.makeVfs(2);
    }
    await (await Pair.open(nic)).close();
  });

  it('one of two, by unbinding it: the other runs on', async () => {
    const nic = pf();
    const [vf0, vf1] = [nic.vf(0), nic.vf(1)];
    const [a, b] = [await openPort(vf0), await openPort(vf1)];
    const log = new PortLog(b);
    await settles('unbind', unbind(vf1));
    await log.next('removal');
    assert.throws(() => b.rx[0].receive(b.pool.createBurst()), /ERR_PMD|taken away|closed/);
    assert.equal(a.state, 'running');
    await b.close();
    await bind(vf1, 'vfio-pci');
    const again = await openPort(vf1);
    assert.deepEqual(await transfer(a, again, 1000), clean(1000));
    await Promise.all([a.close(), again.close()]);
  });

  it("by unbinding the PF's driver", async () => {
    const nic = pf();
    const pair = await Pair.open(nic);
    await settles("unbinding the PF's driver", unbind(nic.pf));
    await removed(pair);
    await pair.close();
    await bind(nic.pf, 'igb');
    await nic.prepare(2);
    await (await Pair.open(nic)).close();
  });
});

guestSuite('a pair of ports under traffic', () => {
  const rounds = scaled('times that the PF goes down', 2, { long: 10 });
  it(
    `recovers when the PF's interface goes down and up, ${rounds} times`,
    onPair(async (pair) => {
      for (let round = 0; round < rounds; round++) {
        await pf().down();
        for (const log of pair.logs) await log.next('recovering');
        assert.equal(pair.a.state, 'recovering');
        await pf().up();
        for (const log of pair.logs) await log.next('recovered');
        await pair.exchange.passes(enough);
      }
    }),
  );

  it(
    `recovers when the kernel resets one of its functions, ${rounds} times`,
    onPair(async (pair) => {
      for (let round = 0; round < rounds; round++) {
        for (const n of [0, 1]) {
          await resetFunction(pf().vf(n));
          await recovered(pair, [pair.logs[n]!]);
        }
      }
      assert.equal(pair.states, 'running, running');
    }),
  );

  it(
    'tells when the cable is pulled and plugged',
    onPair(async (pair) => {
      const monitor = await Monitor.open();
      await monitor.execute('set_link', { name: 'pf0', up: false });
      for (const log of pair.logs) {
        assert.deepEqual(await log.next('link'), { up: false, speedMbps: 0, fullDuplex: false });
      }
      await monitor.execute('set_link', { name: 'pf0', up: true });
      for (const log of pair.logs) {
        assert.deepEqual(await log.next('link'), { up: true, speedMbps: 1000, fullDuplex: true });
      }
      await pair.exchange.passes(enough);
    }),
  );
});
