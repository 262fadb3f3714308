import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createPool, openPort, parseMac, RxFlag } from '../../src/index.ts';
import { Capturer } from '../../src/measure/capturer.ts';
import { impossibleLatency, leastLatencyNs } from '../../src/measure/least-latency.ts';
import { measure } from '../../src/measure/measure.ts';
import { joinVlans, vlansOf } from '../../src/measure/vlans.ts';
import { restoreTags } from '../../src/net/restore-tags.ts';
import { createCapture } from '../../src/pcap/index.ts';
import type { Results } from '../../src/results/results.ts';
import { ProbeFrames } from '../../src/traffic/probe-frames.ts';
import { decode } from '../pcap/support/decode.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { runPmdBench } from './support/child.ts';

const path = useDirectory();
const quick = ['--frame-sizes', '64', '--settle', '100ms', '--vlan', '100'];

describe('traffic in a VLAN', () => {
  it('arrives at the far end of a trial, which joins it', async () => {
    const { stdout, code } = await runPmdBench([
      ...['loss', 'emu:a', 'emu:a', ...quick, '--rates', '1k', '--trial', '100ms', '--json'],
    ]);
    assert.equal(code, 0);
    const { trials } = (JSON.parse(stdout) as Results).details.loss![0]!;
    const { sent, received } = trials[0]!;
    assert.ok(sent > 0);
    assert.equal(received, sent);
  });

  it('is that of a load and of its probes, and all of both arrives', async () => {
    const { stdout, code } = await runPmdBench([
      ...['latency', 'emu:a', 'emu:a', '--vlan', '100', '--load', '10', '--max-rate', '5k'],
      ...['--duration', '400ms', '--rate', '100', '--json'],
    ]);
    assert.equal(code, 0);
    const { sent, received, load } = (JSON.parse(stdout) as Results).details.latency!;
    assert.ok(sent > 0 && load!.sent > 0);
    assert.deepEqual([received, load!.received], [sent, load!.sent]);
  });

  it('has its tags in a capture, though the device strips them, and probes have one', async () => {
    await using pool = await createPool({ buffers: 4096 });
    await using near = await openPort('emu:tagged', { pool });
    await using far = await openPort('emu:tagged', { pool });
    await joinVlans(far, [100]);
    const file = path('tagged.pcapng');
    const writer = await createCapture(file, { format: 'pcapng' });
    const burst = pool.createBurst(5);
    const probes = new ProbeFrames(pool, near.mac, far.mac, 100);
    assert.equal(burst.allocate(5), 5);
    for (let i = 0; i < 5; i++) {
      probes.write(burst.position(i), i, 0);
      burst.lengths[i] = 60;
    }
    assert.equal(near.tx[0].send(burst), 5);
    await measure(new Capturer(pool, [far], writer, 32), [far], { packets: 5 });
    const { frames } = decode(readFileSync(file));
    assert.equal(frames.length, 5);
    for (const { data } of frames) {
      assert.equal(data.subarray(0, 6).toString('hex'), Buffer.from(parseMac(far.mac)).toString('hex'));
      assert.equal(data.subarray(12, 18).toString('hex'), '8100006488b5');
      assert.equal(data.length, 60);
    }
  });

  it('restores a tag once, and only where one was stripped', async () => {
    await using pool = await createPool({ buffers: 64 });
    const burst = pool.createBurst(2);
    burst.allocate(2);
    for (let i = 0; i < 2; i++) {
      burst.lengths[i] = 60;
      burst.statuses[i] = 0;
      for (let at = 0; at < 60; at++) pool.bytes[burst.position(i) + at] = at;
    }
    burst.statuses[1] = RxFlag.vlan | (0x6064 << 16);
    restoreTags(burst);
    restoreTags(burst);
    assert.deepEqual([...burst.lengths.subarray(0, 2)], [60, 64]);
    const tagged = [...pool.bytes.subarray(burst.position(1), burst.position(1) + 20)];
    assert.deepEqual(tagged, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x81, 0, 0x60, 0x64, 12, 13, 14, 15]);
    burst.release();
  });

  it('has VLANs to join by its fields, but neither priorities nor what is reserved', () => {
    const vlan = (first: number, count: number) => ({
      name: 'vlan' as const,
      first: Uint8Array.of(first >> 8, first & 0xff),
      count,
      random: false,
    });
    assert.deepEqual(vlansOf([]), []);
    assert.deepEqual(vlansOf([vlan(0, 3)]), [1, 2]);
    assert.deepEqual(vlansOf([vlan(4093, 3)]), [4093, 4094]);
  });

  it('is heard of by capture, rx and echo when they are told', async () => {
    for (const args of [
      ['rx', 'emu:a,peer=flood', '--vlan', '5', '--vlan', '6', '--packets', '10'],
      ['capture', 'emu:a,peer=flood', path('joined.pcapng'), '--vlan', '5', '--packets', '10'],
      ['echo', 'emu:a,peer=flood', '--ip', '10.0.0.1', '--vlan', '5', '--packets', '10'],
    ]) {
      const { code, stdout } = await runPmdBench([...args, '--json']);
      assert.equal(code, 0);
      assert.ok(((JSON.parse(stdout) as Results).options['vlans'] as number[]).includes(5));
    }
  });
});

describe('a latency that can not be', () => {
  it('is below the delay of the wire, at either end', async () => {
    await using pool = await createPool({ buffers: 4096 });
    await using near = await openPort('emu:floor,delay=2ms', { pool });
    await using far = await openPort('emu:floor', { pool });
    assert.equal(leastLatencyNs(near, far), 2e6);
    assert.equal(leastLatencyNs(far, near), 2e6);
  });

  it('is a fault of the measurement', () => {
    assert.equal(impossibleLatency(null, 2e6), undefined);
    assert.equal(impossibleLatency(2e6, 2e6), undefined);
    assert.equal(
      impossibleLatency(0.69e6, 1e6),
      'a latency of 690.0 µs is a fault of the measurement: the path takes 1 000.0 µs at least',
    );
  });
});
