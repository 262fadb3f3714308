import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { PortResult, Results } from '../../src/results/results.ts';
import { bytes, classicHeader, classicRecord } from '../pcap/support/builder.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { runPmdBench } from './support/child.ts';

const rxRing = 512;
const [a, b] = ['emu:a,peer=flood', 'emu:b,peer=flood'];
const path = useDirectory();

async function results(...args: string[]): Promise<Results> {
  const { code, stdout, stderr } = await runPmdBench([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Results;
}

/** What a flood peer sent is what was received, what found no descriptor and what is left in the ring; what was sent is what it got. */
function addsUpWithPeer({ rxPackets, txPackets, rxDropped, counters }: PortResult): void {
  const { bus, device } = counters;
  const left = bus['peerSent']! - bus['rxNoDescriptor']! - rxPackets - rxDropped;
  assert.ok(left >= 0 && left < rxRing, `${left} frames left in the ring`);
  assert.equal(device.rxPackets! - rxPackets, left, "by the device's own count");
  assert.equal(bus['peerReceived'], txPackets);
  assert.equal(device.txPackets, txPackets);
}

/** What left one end of a wire is what came to the other, there or for want of descriptors not. */
function addsUpAcross(from: PortResult, to: PortResult): void {
  const { wireDelivered, wireLost } = from.counters.bus;
  const { rxNoDescriptor, filteredFrames, rxNotReady } = to.counters.bus;
  assert.equal(wireDelivered, from.txPackets);
  assert.equal(wireLost, 0);
  assert.deepEqual([filteredFrames, rxNotReady], [0, 0]);
  const left = wireDelivered! - rxNoDescriptor! - to.rxPackets;
  assert.equal(left, to.counters.device.rxPackets! - to.rxPackets);
  assert.ok(left >= 0 && left < 4096, `${left} frames left in the ring`);
}

describe('what each end sent is what the other delivered, plus what is left in its ring:', () => {
  const withPeers: Record<string, () => string[]> = {
    rx: () => ['rx', a!, b!],
    tx: () => ['tx', a!, b!, '--size', 'imix', '--template', 'udp'],
    'tx --rate': () => ['tx', a!, '--rate', '50k'],
    fwd: () => ['fwd', a!, b!],
    'fwd, one port': () => ['fwd', a!, '--mode', 'io'],
    'fwd --script': () => ['fwd', a!, b!, '--script', 'examples/script.ts'],
    echo: () => ['echo', a!, '--ip', '10.0.0.1'],
    capture: () => ['capture', 'emu:a,peer=flood,rate=20k', path('captured.pcapng')],
    replay: () => {
      const file = path('sent.pcap');
      const records = Array(50).fill(classicRecord('little', bytes(60))) as Buffer[];
      writeFileSync(file, Buffer.concat([classicHeader('little'), ...records]));
      return ['replay', file, a!, '--flat-out', '--loop', '0'];
    },
  };
  for (const [name, args] of Object.entries(withPeers)) {
    it(name, async () => {
      const { ports } = await results(...args(), '--duration', '300ms', '--rx-ring', `${rxRing}`);
      for (const port of ports) addsUpWithPeer(port);
      assert.ok(ports.some(({ rxPackets, txPackets }) => rxPackets + txPackets > 0));
    });
  }

  const acrossWires: Record<string, string[]> = {
    latency: ['--rate', '5k', '--duration', '300ms'],
    'latency --load': ['--load', '10,90', '--max-rate', '20k', '--template', 'tcp', '--duration', '300ms'],
    throughput: [
      '--frame-sizes',
      '64',
      '--max-rate',
      '20k',
      '--trial',
      '50ms',
      '--sum',
      '50ms',
      '--width',
      '20',
    ],
    loss: ['--frame-sizes', '64,1518', '--rates', '5k,20k', '--trial', '100ms', '--settle', '100ms'],
    burst: ['--frame-sizes', 'imix', '--longest', '5ms', '--repeat', '2', '--settle', '100ms'],
  };
  for (const [name, args] of Object.entries(acrossWires)) {
    it(name, async () => {
      const { ports } = await results(name.split(' ')[0]!, 'emu:w', 'emu:w', ...args);
      const [tx, rx] = ports as [PortResult, PortResult];
      addsUpAcross(tx, rx);
      assert.ok(tx.txPackets > 0);
      assert.equal(rx.txPackets, 0);
    });
  }
});
