import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { addon } from '../../src/core/native.ts';
import { type Burst, createPool, openPort, type Pool, type Port } from '../../src/index.ts';
import { Forwarder, type ForwardMode, forwardModes } from '../../src/measure/forwarder.ts';
import { measure } from '../../src/measure/measure.ts';
import { Responder } from '../../src/measure/responder.ts';
import type { Results } from '../../src/results/results.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { runPmdBench } from './support/child.ts';

const floods = ['emu:a,peer=flood', 'emu:b,peer=flood'];

describe('a frame that the other port cannot send', () => {
  const path = useDirectory();
  let pool: Pool;
  let ports: [Port, Port, Port, Port];
  let burst: Burst;

  // left -- (a, b) -- right, and the right wire takes shorter frames
  beforeEach(async () => {
    pool = await createPool({ buffers: 8192 });
    const opened: Port[] = [];
    for (const [address, mtu] of [
      ['emu:l', 1500],
      ['emu:l', 1500],
      ['emu:r', 600],
      ['emu:r', 600],
    ] as const)
      opened.push(await openPort(address, { pool, mtu }));
    ports = opened as typeof ports;
    burst = pool.createBurst();
  });
  afterEach(async () => {
    for (const port of ports) await port.close();
    await pool.close();
  });

  /** To the left one of the two that forward. */
  function send(lengths: readonly number[]): void {
    const [left, a] = ports;
    const head = Buffer.from(`${a.mac}:${left.mac}`.replaceAll(':', ''), 'hex');
    for (const length of lengths) {
      const frame = Buffer.alloc(length);
      head.copy(frame);
      frame.writeUInt16BE(0x88b5, 12);
      assert.ok(burst.append(frame));
    }
    assert.equal(left.tx[0].send(burst), lengths.length);
  }

  async function received(count: number): Promise<number[]> {
    const right = ports[3];
    while (burst.count < count) {
      right.rx[0].receive(burst);
      await setImmediate();
    }
    const lengths = [...burst.lengths.subarray(0, burst.count)];
    burst.release();
    return lengths;
  }

  async function forwards(mode: ForwardMode, script?: (burst: Burst) => void): Promise<void> {
    const [, a, b, right] = ports;
    const destinations = [ports[0].mac, right.mac];
    const work = new Forwarder(pool, [a, b], { mode, burstSize: 32, destinations, script });
    if (mode !== 'mac') await right.setMac(a.mac); // it is sent to that address, or to nobody's
    send([60, 618, 619, 1518, 100]);
    const { ports: counts, endedBy } = await measure(work, [a, b], { packets: 5 });
    assert.equal(endedBy, 'packets');
    const seen = counts.map(({ txPackets, txDropped, txUnsendable }) => [txPackets, txDropped, txUnsendable]);
    assert.deepEqual(seen, [
      [0, 0, 0],
      [3, 2, 2],
    ]);
    send([61]); // and it goes on
    while (work.round(32) === 0) await setImmediate();
    if (mode !== 'macswap') assert.deepEqual(await received(4), [60, 618, 100, 61]);
    work.release();
  }

  for (const mode of forwardModes)
    it(`is dropped and counted by mode ${mode}, which goes on`, () => forwards(mode));

  it('is dropped and counted when a script has seen it', () => forwards('mac', () => undefined));

  it('is dropped and counted by echo, where it gets too long by its tag', async () => {
    const [left, a] = ports;
    const question = Buffer.alloc(1518);
    Buffer.from(`${a.mac}:${left.mac}`.replaceAll(':', ''), 'hex').copy(question);
    Buffer.from('08004500005400000000400100000a4d00010a4d00020800', 'hex').copy(question, 12);
    const responder = new Responder(pool, [a], [Uint8Array.of(10, 77, 0, 2)], 32);
    addon.injectFault(a.rx[0].token.port, 'rx-vlan:1'); // the device says of the first that it had a tag beside
    for (const length of [1518, 100]) assert.ok(burst.append(question.subarray(0, length)));
    assert.equal(left.tx[0].send(burst), 2);
    for (let seen = 0; seen < 2; seen += responder.round(32)) await setImmediate();
    assert.deepEqual([responder.txDropped, responder.txUnsendable], [[1], [1]]);
    assert.equal(a.stats().txPackets, 1);
    responder.release();
  });

  it('has a line below the table, and a count in the document and in CSV', async () => {
    const file = path('grow.mjs');
    writeFileSync(file, 'export default (burst) => { burst.lengths[0] = 1700; };');
    const args = ['fwd', ...floods, '--script', file, '--packets', '64', '--burst', '8'];
    const { code, stdout, stderr } = await runPmdBench([...args, '--json']);
    assert.equal(code, 0, stderr);
    const { ports: results } = JSON.parse(stdout) as Results;
    const sum = (figure: (port: (typeof results)[number]) => number) =>
      results.reduce((total, port) => total + figure(port), 0);
    const unsendable = sum(({ txUnsendable }) => txUnsendable);
    assert.ok(unsendable >= 8);
    assert.equal(
      sum(({ txDropped }) => txDropped!),
      unsendable,
    );
    assert.equal(
      sum(({ txPackets }) => txPackets),
      64 - unsendable,
    );
    const table = await runPmdBench(args);
    assert.match(table.stdout.replace(/\s+/g, ' '), /emu:[ab]: \d+ of the dropped can't be sent: longer/);
    const csv = await runPmdBench([...args, '--csv']);
    const [head, ...rows] = csv.stdout.trim().split('\r\n');
    const column = head!.split(',').indexOf('txUnsendable');
    const totals = rows.filter((row) => row.startsWith('total'));
    const cells = totals.map((row) => Number(row.replace(/"[^"]*"/g, '').split(',')[column]));
    assert.ok(cells.some((cell) => cell > 0));
  });
});
