import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createPool, openPort, type Pool, type Port } from '../../src/index.ts';
import { injectAerError } from './support/aer.ts';
import { Exchange } from './support/exchange.ts';
import { Monitor } from './support/monitor.ts';
import { bind, Nic, resetFunction, unbind } from './support/nic.ts';
import { PortLog } from './support/port-log.ts';
import { Program } from './support/program.ts';
import { clean } from './support/stream.ts';
import { guestSuite, isFull, scaled } from './support/suite.ts';
import { transfer } from './support/transfer.ts';
import { until, within } from './support/until.ts';

const pf = () => Nic.ofGuest();
const enough = 500;

/** Two ports that share a pool, with traffic between them. */
class Pair {
  readonly a: Port;
  readonly b: Port;
  readonly logs: [PortLog, PortLog];
  readonly exchange: Exchange;
  readonly #pool: Pool;

  private constructor(pool: Pool, a: Port, b: Port) {
    this.#pool = pool;
    this.a = a;
    this.b = b;
    this.logs = [new PortLog(a), new PortLog(b)];
    this.exchange = new Exchange(a, b);
  }

  static async open(nic: Nic): Promise<Pair> {
    const pool = await createPool();
    const pair = new Pair(pool, await openPort(nic.vf(0), { pool }), await openPort(nic.vf(1), { pool }));
    await pair.exchange.passes(enough);
    return pair;
  }

  /** Ends the traffic and closes; every buffer must be back then. */
  async close(): Promise<void> {
    await this.exchange.stop();
    await Promise.all([this.a.close(), this.b.close()]);
    const { free, application } = this.#pool.usage();
    await this.#pool.close();
    assert.equal(free + application, this.#pool.buffers);
  }
}

/** Both ports of a pair have lost their device, have said so, and the process lives. */
async function removed(pair: Pair): Promise<void> {
  const refusal = await pair.exchange.refused();
  assert.equal(refusal.code, 'ERR_PMD_REMOVED');
  for (const log of pair.logs)
    assert.match(String(await log.next('removal')), /asked for the device back|gone/);
  for (const port of [pair.a, pair.b]) {
    assert.equal(port.state, 'closed');
    await assert.rejects(port.refresh(), { code: 'ERR_PMD_REMOVED' });
  }
}

/** Both ports noticed and recovered by themselves, and frames pass again. */
async function recovered(pair: Pair, logs: PortLog[]): Promise<void> {
  for (const log of logs) {
    await log.next('recovering');
    await log.next('recovered', 30);
  }
  await pair.exchange.passes(enough);
}

guestSuite('a program that is killed in the middle of DMA', () => {
  const rounds = scaled(20, 3);
  it(`leaves VFs that open at the first try, ${rounds} times`, async function () {
    this.timeout(60_000 + rounds * 20_000);
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

guestSuite('VFs that are taken away under traffic', () => {
  const rounds = scaled(5, 2);
  it(`by sriov_numvfs: within 5 s, told as removal, and opened again, ${rounds} times`, async function () {
    this.timeout(60_000 + rounds * 30_000);
    const nic = pf();
    for (let round = 0; round < rounds; round++) {
      const pair = await Pair.open(nic);
      await within(5, 'echo 0 > sriov_numvfs', nic.setVfs(0));
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
    await within(5, 'unbind', unbind(vf1));
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
    await within(10, "unbinding the PF's driver", unbind(nic.pf));
    await removed(pair);
    await pair.close();
    await bind(nic.pf, 'igb');
    await nic.prepare(2);
    await (await Pair.open(nic)).close();
  });

  it('by pulling the card out in order, and plugging another in', async function () {
    this.timeout(180_000);
    const nic = pf();
    const pair = await Pair.open(nic);
    const monitor = await Monitor.open();
    await monitor.execute('device_del', { id: 'pf0' });
    await removed(pair);
    await pair.close();
    await monitor.event('DEVICE_DELETED', ({ device }) => device === 'pf0', 60);
    await until('the card to be gone', () => !existsSync(`/sys/bus/pci/devices/${nic.pf}`));
    await monitor.execute('device_add', {
      driver: 'igb',
      id: 'pf0',
      bus: 'port0',
      netdev: 'wire0',
      mac: '52:54:00:00:00:00',
      romfile: '',
    });
    await nic.prepare(2);
    await (await Pair.open(nic)).close();
  });
});

guestSuite('a pair of ports under traffic', () => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await Pair.open(pf());
  });
  afterEach(() => pair.close());

  const rounds = scaled(3);
  it(`recovers when the PF's interface goes down and up, ${rounds} times`, async () => {
    for (let round = 0; round < rounds; round++) {
      await pf().down();
      for (const log of pair.logs) await log.next('recovering');
      assert.equal(pair.a.state, 'recovering');
      await pf().up();
      for (const log of pair.logs) await log.next('recovered');
      await pair.exchange.passes(enough);
    }
  });

  it(`recovers when the kernel resets one of its functions, ${rounds} times`, async () => {
    for (let round = 0; round < rounds; round++) {
      for (const n of [0, 1]) {
        await resetFunction(pf().vf(n));
        await recovered(pair, [pair.logs[n]!]);
      }
    }
    assert.equal(states(pair), 'running, running');
  });

  it('tells when the cable is pulled and plugged', async () => {
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
  });
});

function states({ a, b }: Pair): string {
  return [a.state, b.state].join(', ');
}

guestSuite('an error that AER reports', () => {
  for (const victim of ['VF', 'PF'] as const) {
    it(`non-fatal, of the ${victim}: the ports run on`, async () => {
      const nic = pf();
      const pair = await Pair.open(nic);
      await injectAerError(victim === 'VF' ? nic.vf(0) : nic.pf, 'non-fatal');
      await pair.exchange.passes(5 * enough);
      assert.equal(states(pair), 'running, running');
      await pair.close();
    });
  }

  // The kernel resets all that is behind the root port. QEMU's PF forgets its VFs over that, and letting go of a device
  // that is not there takes the kernel a minute: not in every run.
  const test = isFull ? it : it.skip;
  test('fatal: the ports are told that the device is gone, and open again once the PF was started anew', async function () {
    this.timeout(300_000);
    const nic = pf();
    const pair = await Pair.open(nic);
    await injectAerError(nic.vf(0), 'fatal');
    await removed(pair);
    await pair.close();
    await unbind(nic.pf); // Linux's igb does not come back from this by itself
    await bind(nic.pf, 'igb');
    await nic.prepare(2);
    await (await Pair.open(nic)).close();
  });
});
