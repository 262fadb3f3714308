import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWithTshark } from '../pcap/support/tools.ts';
import { Nic } from './support/nic.ts';
import { run, start } from './support/pmd-bench.ts';
import { guestSuite } from './support/suite.ts';

const [vf0, vf1] = [process.env['VF0'] ?? '', process.env['VF1'] ?? ''];
const root = join(import.meta.dirname, '../../..');
const broadcast = 'ff:ff:ff:ff:ff:ff';

guestSuite('pmd-bench on real VFs', () => {
  const nic = () => Nic.ofGuest();
  const directory = mkdtempSync(join(tmpdir(), 'pmd-guest-'));
  after(() => rmSync(directory, { recursive: true }));

  /** Started, and receiving: a line a second says that nothing has come yet. */
  async function startReceiving(...args: string[]) {
    const running = start(...args);
    await running.says(/nothing has moved/);
    return running;
  }

  it('rx counts what tx sends, and so do both devices', async () => {
    const rx = await startReceiving('rx', vf1, '--rx-ring', '4096');
    const traffic = ['--template', 'udp', '--flows', '16', '--size', 'imix', '--rate', '2k'];
    const sent = await run('tx', vf0, '--dst', nic().vfMac(1), ...traffic, '--packets', '5000');
    rx.signal('SIGINT');
    const received = await rx.results;
    const [[tx], [there]] = [sent.ports, received.ports] as const;
    assert.equal(tx!.txPackets, 5000);
    assert.deepEqual([there!.rxPackets, there!.rxBytes], [tx!.txPackets, tx!.txBytes]);
    assert.equal(tx!.counters.device.txPackets, 5000);
    assert.equal(there!.counters.device.rxPackets, 5000);
    assert.equal(there!.rxMissed, null, 'a VF does not know');
    assert.deepEqual(sent.environment.buses, ['vfio']);
  });

  it('fwd sends back what comes, to where it came from', async () => {
    const fwd = await startReceiving('fwd', vf0, '--rx-ring', '4096');
    const sent = await run('tx', vf1, '--dst', nic().vfMac(0), '--rate', '1k', '--packets', '2000');
    fwd.signal('SIGINT');
    const [port] = (await fwd.results).ports;
    assert.equal(sent.ports[0]!.txPackets, 2000);
    assert.deepEqual([port!.rxPackets, port!.txPackets, port!.txDropped], [2000, 2000, 0]);
  });

  it('latency takes the time of every probe, alone and amid a load', async () => {
    const load = ['--load', '0,50', '--max-rate', '2k', '--template', 'udp'];
    const { details } = await run('latency', vf0, vf1, '--rate', '200', '--duration', '3s', ...load);
    const [alone, loaded] = details.latencyUnderLoad!;
    for (const { sent, received, lost, latencyNanoseconds } of [alone!, loaded!]) {
      assert.ok(sent >= 500);
      assert.equal(received + lost, sent);
      assert.equal(lost, 0);
      assert.ok(latencyNanoseconds.min! > 0);
    }
    assert.deepEqual(loaded!.load!.received, loaded!.load!.sent);
    assert.ok(alone!.biasNanoseconds! > 0);
  });

  it('throughput searches, and every trial has its books', async () => {
    const quick = [
      '--trial',
      '300ms',
      '--sum',
      '300ms',
      '--width',
      '20',
      '--settle',
      '300ms',
      '--exceed',
      '50',
    ];
    const { details, ports } = await run(
      ...['throughput', vf0, vf1, '--frame-sizes', '512', '--max-rate', '4k', '--max-trials', '15', ...quick],
    );
    const [{ goals, trials }] = details.throughput as [NonNullable<typeof details.throughput>[number]];
    assert.ok(trials.length > 0 && goals.length === 1);
    for (const { intended, sent, received, late, lossRatio } of trials) {
      assert.ok(received <= sent && sent <= intended);
      assert.equal(lossRatio, (intended - received + late) / intended);
    }
    assert.equal(
      ports[0]!.txPackets,
      trials.reduce((sum, { sent }) => sum + sent, 0),
    );
    console.log(
      `      ${trials.length} trials, ${goals[0]!.relevantLowerBound} to ${goals[0]!.relevantUpperBound} frames/s`,
    );
  });

  it('replay sends what real programs said, and capture has it byte for byte up to padding; what the device drops is listed', async () => {
    const real = join(directory, 'real.pcap');
    const arrived = join(directory, 'arrived.pcapng');
    const [near, far] = [nic().vfMac(0), nic().vfMac(1)];
    execFileSync('sh', [join(root, 'test/guest/programs/make-capture.sh'), near, far, real], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const capture = await startReceiving('capture', vf1, arrived, '--rx-ring', '4096');
    const replayed = await run('replay', real, vf0, '--pps', '500');
    capture.signal('SIGINT');
    const captured = await capture.results;

    const frames = (await readWithTshark(real)).map(({ data }) => data);
    assert.equal(replayed.ports[0]!.txPackets, frames.length);
    assert.deepEqual(replayed.details.replay!.skipped, []);
    const reasons = frames.map((frame) => reasonToDrop(frame, near, far));
    const expected = frames.filter((_, i) => reasons[i] === undefined).map(padded);
    const found = await readWithTshark(arrived);
    const listed = new Map<string, number>();
    for (const reason of reasons) if (reason !== undefined) listed.set(reason, (listed.get(reason) ?? 0) + 1);
    for (const [reason, count] of listed)
      console.log(`      ${count} of ${frames.length} dropped by the device: ${reason}`);
    assert.deepEqual(
      found.map(({ data }) => data.toString('hex')),
      expected.map((data) => data.toString('hex')),
    );
    assert.equal(captured.ports[0]!.rxPackets, expected.length);
    // All that was to be there is, so that nothing was compared with nothing.
    const kinds = new Set(frames.map(kindOf));
    for (const kind of ['arp', 'tcp', 'dns', 'icmp', 'fragment', 'ipv6', 'vlan'])
      assert.ok(kinds.has(kind), kind);
    for (const kind of ['arp', 'tcp', 'dns', 'icmp', 'fragment', 'ipv6']) {
      assert.ok(
        expected.some((frame) => kindOf(frame) === kind),
        `${kind} has arrived`,
      );
    }
  });
});

function padded(frame: Buffer): Buffer {
  return Buffer.concat([frame, Buffer.alloc(Math.max(0, 60 - frame.length))]);
}

/** Why a NIC does not give VF1 a frame that VF0 sends, which knows neither VLANs nor groups. */
function reasonToDrop(frame: Buffer, near: string, far: string): string | undefined {
  const address = (at: number) =>
    [...frame.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  if (frame.readUInt16BE(12) === 0x8100) return 'of a VLAN that the VF is not a member of';
  if (address(6) !== near) return 'the source is not the VF that sends';
  if (address(0) === far || address(0) === broadcast) return undefined;
  return (frame[0]! & 1) === 1 ? 'to a group that the VF has not joined' : 'to another station';
}

function kindOf(frame: Buffer): string {
  const type = frame.readUInt16BE(12);
  if (type === 0x8100) return 'vlan';
  if (type === 0x0806) return 'arp';
  if (type === 0x86dd) return 'ipv6';
  if ((frame.readUInt16BE(20) & 0x3fff) !== 0) return 'fragment';
  if (frame[23] === 6) return 'tcp';
  return frame[23] === 17 && (frame.readUInt16BE(34) === 53 || frame.readUInt16BE(36) === 53)
    ? 'dns'
    : 'icmp';
}
