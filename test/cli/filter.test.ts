import assert from 'node:assert/strict';
import { openCapture } from '../../src/pcap/index.ts';
import { corpus } from '../net/support/corpus.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { writeFrames } from '../pcap/support/frames.ts';
import { limitMs } from '../support/limits.ts';
import { runPmdBench } from './support/child.ts';

const frames = [...corpus.values()];

describe('pmd-bench --filter', function () {
  this.timeout(limitMs(60));
  const inDirectory = useDirectory();
  const input = () => inDirectory('in.pcap');
  before(() => writeFrames(input(), frames));

  async function framesOf(file: string): Promise<Buffer[]> {
    const read: Buffer[] = [];
    for await (const { data } of await openCapture(file)) read.push(Buffer.from(data));
    return read;
  }

  it('writes the frames of a capture that match, and counts all', async () => {
    const out = inDirectory('out.pcap');
    const expression = 'arp or udp port 53 or (vlan 7 and icmp)';
    const { code, stdout, stderr } = await runPmdBench([
      ...['capture', `pcap:${input()}`, out, '--filter', expression, '--json'],
    ]);
    assert.equal(code, 0, stderr);
    const { filter, capture } = JSON.parse(stdout).details;
    const names = ['ipv4, ping', 'ipv4 with options, ping'].map((name) => `${name}, tags: vlan`);
    const expected = [...names, 'arp', 'dns'].map((name) => Buffer.from(corpus.get(name)!));
    const written = await framesOf(out);
    assert.deepEqual(written, expected);
    assert.deepEqual(filter, { expression, frames: frames.length, matched: written.length });
    assert.equal(capture.frames, written.length);
  });

  it('forwards and prints what matches, and nothing else', async () => {
    const out = inDirectory('forwarded.pcap');
    const { code, stderr } = await runPmdBench([
      ...['fwd', `pcap:${input()}`, `pcap:,out=${out}`, '--mode', 'io', '--filter', 'arp'],
    ]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await framesOf(out), [Buffer.from(corpus.get('arp')!)]);

    const printed = await runPmdBench(['rx', `pcap:${input()}`, '--verbose', '--filter', 'dst port 4789']);
    assert.equal(printed.code, 0, printed.stderr);
    assert.match(printed.stderr, new RegExp(`1 of ${frames.length} frames matched the filter`));
  });

  it('is refused before a port is opened, with what libpcap says', async () => {
    const { code, stderr } = await runPmdBench(['rx', 'emu:never', '--filter', 'udp port']);
    assert.equal(code, 2);
    assert.match(stderr, /the filter "udp port": .*syntax error/);
  });
});
