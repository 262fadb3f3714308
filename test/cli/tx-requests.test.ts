import assert from 'node:assert/strict';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ipv4, ipv6, Layers, tcp, udp } from '../../src/net/index.ts';
import { readCapture } from '../../src/pcap/index.ts';
import { runPmdBench } from './support/child.ts';

describe('pmd-bench tx', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pmd-tx-'));
  after(() => rmSync(directory, { recursive: true }));

  /** The frames that it sends into a file. */
  async function sent(...args: string[]): Promise<Uint8Array[]> {
    const file = join(directory, 'sent.pcapng');
    const { code, stderr } = await runPmdBench(['tx', `pcap:,out=${file}`, '--packets', '20', ...args]);
    assert.equal(code, 0, stderr);
    const frames: Uint8Array[] = [];
    for await (const record of readCapture(createReadStream(file)))
      frames.push(record.bytes.slice(record.position, record.position + record.capturedLength));
    return frames;
  }

  it('leaves checksums and tags to the port, and has it cut frames', async () => {
    const frames = await sent(
      ...[
        '--template',
        'tcp',
        '--mtu',
        '9216',
        '--size',
        '9018',
        '--checksum-offload',
        '--segment-size',
        '1448',
      ],
      ...['--insert-vlan', '5'],
    );
    const segments = Math.ceil((9014 - 54) / 1448);
    assert.equal(frames.length, 20 * segments);
    const layers = new Layers();
    for (const frame of frames) {
      assert.ok(layers.read(frame, 0, frame.length));
      assert.equal(layers.outerTag, 5);
      assert.ok(ipv4.hasGoodChecksum(frame, layers.l3At));
      const pseudo = ipv4.sumPseudoHeader(frame, layers.l3At, 6, layers.end - layers.l4At);
      assert.ok(tcp.hasGoodChecksum(frame, layers.l4At, layers.end, pseudo));
    }
  });

  it('sends frames with checksums that the port has filled in', async () => {
    const frames = await sent('--template', 'udp6', '--checksum-offload', '--size', '66-1518');
    assert.equal(frames.length, 20);
    const layers = new Layers();
    for (const frame of frames) {
      assert.ok(layers.read(frame, 0, frame.length));
      const pseudo = ipv6.sumPseudoHeader(frame, layers.l3At, 17, layers.end - layers.l4At);
      assert.ok(udp.hasGoodChecksum(frame, layers.l4At, pseudo));
    }
  });

  it('refuses requests that its frames have no headers for', async () => {
    for (const [args, message] of [
      [['--checksum-offload'], /'ethernet' have no checksums/],
      [['--template', 'udp', '--segment-size', '100'], /only frames of TCP are cut/],
      [['--insert-vlan', '4096'], /insert-vlan/],
      [['--size', '1519'], /too long/],
    ] as const) {
      const { code, stderr } = await runPmdBench(['tx', 'emu:a', ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});
