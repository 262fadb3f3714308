import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createHeaders, net, type Pool } from '../../src/index.ts';
import { anyBytes } from '../net/support/any-bytes.ts';
import { corpus } from '../net/support/corpus.ts';
import { dissect } from '../net/support/tshark.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { writeFrames } from '../pcap/support/frames.ts';
import { needTools } from '../pcap/support/tools.ts';
import { garbageOf } from '../support/garbage.ts';
import { closing } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';
import { inBursts, putFrames } from './support/bursts.ts';
import { columnsOf, expectedHeaders } from './support/expected-headers.ts';

const { Fault, Fragment, IpProtocol, ipv4, ipv6 } = net;

/** Compares the columns of all frames with what vfio-pmd/net finds in the same bytes. */
function expectAgreement(pool: Pool, frames: readonly Uint8Array[], what: (i: number) => string): void {
  const burst = pool.createBurst(1024);
  const headers = createHeaders(1024);
  inBursts(burst, frames, (_, first) => {
    assert.equal(headers.parse(burst), burst.count);
    for (let i = 0; i < burst.count; i++) {
      const at = burst.position(i);
      assert.deepEqual(
        columnsOf(headers, i),
        expectedHeaders(pool.bytes, at, at + burst.lengths[i]!),
        what(first + i),
      );
    }
  });
}

describe('headers.parse', () => {
  it(
    'finds in every kind of frame, cut at every byte, what the functions of vfio-pmd/net find',
    closing(async (open) => {
      const cuts = [...corpus].flatMap(([name, frame]) =>
        Array.from({ length: frame.length + 1 }, (_, length) => ({ name, frame: frame.subarray(0, length) })),
      );
      assert.ok(cuts.length > 10_000, `${cuts.length} frames`);
      const what = (i: number) => `${cuts[i]!.name}, ${cuts[i]!.frame.length} bytes`;
      expectAgreement(
        await open.pool(),
        cuts.map(({ frame }) => frame),
        what,
      );
    }),
  ).timeout(120_000);

  it(
    'finds the same in spoiled frames and in noise',
    closing(async (open) => {
      const pool = await open.pool();
      fc.assert(
        fc.property(fc.array(anyBytes, { minLength: 1, maxLength: 40 }), (frames) =>
          expectAgreement(pool, frames, (i) => Buffer.from(frames[i]!).toString('hex')),
        ),
        { numRuns: scaled('bursts', 300) },
      );
    }),
  ).timeout(300_000);

  const inDirectory = useDirectory();

  it('finds in every kind of frame what tshark finds', async function () {
    this.timeout(120_000);
    needTools(this, 'tshark');
    const file = inDirectory('corpus.pcap');
    await writeFrames(file, corpus.values());
    const theirs = await dissect(file, [
      ...(['ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'ip.proto', 'vlan.id', 'ieee8021ad.id'] as const),
      ...(['udp.srcport', 'udp.dstport', 'tcp.srcport', 'tcp.dstport', 'tcp.flags'] as const),
      ...(['sctp.srcport', 'sctp.dstport'] as const),
    ]);
    let compared = 0;
    await closing(async (open) => {
      const burst = (await open.pool()).createBurst(1024);
      const headers = createHeaders(1024);
      putFrames(burst, [...corpus.values()]);
      headers.parse(burst);
      for (const [i, name] of [...corpus.keys()].entries()) {
        const shark = theirs[i]!;
        const own = columnsOf(headers, i);
        const expect = (field: keyof typeof shark, value: string | number) => {
          compared++;
          assert.equal(String(value), shark[field], `${name}: ${field}`);
        };
        if (own.versions === 4) {
          expect('ip.src', ipv4.formatAddress(own.sources[0]!));
          expect('ip.dst', ipv4.formatAddress(own.destinations[0]!));
          expect('ip.proto', own.protocols);
        }
        if (own.versions === 6) {
          const bytes = (words: number[]) => Buffer.from(Int32Array.from(words).buffer).swap32();
          expect('ipv6.src', ipv6.formatAddress(bytes(own.sources), 0));
          expect('ipv6.dst', ipv6.formatAddress(bytes(own.destinations), 0));
        }
        const inner = shark['ieee8021ad.id'] === '' ? own.outerTags : own.innerTags;
        expect('vlan.id', inner === -1 ? '' : inner & 0xfff);
        const transport: Record<number, 'udp' | 'tcp' | 'sctp'> = {
          ...{ [IpProtocol.udp]: 'udp', [IpProtocol.tcp]: 'tcp', [IpProtocol.sctp]: 'sctp' },
        };
        const kind = transport[own.protocols];
        if (kind !== undefined && own.fragments !== Fragment.later) {
          expect(`${kind}.srcport`, own.sourcePorts);
          expect(`${kind}.dstport`, own.destinationPorts);
          if (kind === 'tcp') expect('tcp.flags', `0x${own.tcpFlags.toString(16).padStart(4, '0')}`);
        }
      }
      burst.release();
    })();
    assert.ok(compared > 700, `${compared} fields were compared`);
  });

  it(
    'gives received frames the hash that the column of a burst has',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port('emu:hashes,peer=flood', { pool });
      const burst = pool.createBurst(32, { columns: ['hash'] });
      const headers = createHeaders();
      while (port.rx[0].receive(burst, 32 - burst.count) === 0 || burst.count < 32);
      headers.parse(burst);
      assert.deepEqual(headers.hashes, burst.hashes);
      assert.ok(burst.hashes.every((hash) => hash !== 0));
      burst.release();
    }),
  );

  it(
    'looks at the first entry of a frame of several, and says which others continue it',
    closing(async (open) => {
      const burst = (await open.pool()).createBurst(8);
      const frame = corpus.get('ipv4, udp, tags: none')!;
      putFrames(burst, [frame.subarray(0, 50), frame.subarray(50), frame, frame.subarray(0, 20), frame]);
      burst.chain(0, 2);
      burst.chain(3, 2);
      const headers = createHeaders(8);
      assert.equal(headers.parse(burst), 5);
      assert.deepEqual(
        [...headers.faults.subarray(0, 5)],
        [Fault.truncated, Fault.continued, Fault.none, Fault.ip, Fault.continued],
      );
      assert.equal(headers.destinationPorts[0], headers.destinationPorts[2]);
      assert.equal(headers.hashes[0], headers.hashes[2]);
      const { ends, ...continued } = columnsOf(headers, 1);
      assert.equal(ends, burst.position(1));
      assert.deepEqual(continued, {
        ...{ l3At: 0, l4At: 0, payloadAt: 0, etherTypes: 0, outerTags: -1, innerTags: -1, versions: 0 },
        ...{ protocols: -1, fragments: 0, sources: [0, 0, 0, 0], destinations: [0, 0, 0, 0] },
        ...{ sourcePorts: 0, destinationPorts: 0, tcpFlags: 0, hashes: 0, faults: Fault.continued },
      });
      burst.release();
    }),
  );

  it(
    'allocates nothing',
    closing(async (open) => {
      const burst = (await open.pool()).createBurst(32);
      putFrames(burst, Array<Uint8Array>(32).fill(corpus.get('ipv6, tcp, tags: none')!));
      const headers = createHeaders();
      const bytes = garbageOf(() => {
        for (let i = 0; i < 10_000; i++) headers.parse(burst);
      });
      assert.ok(bytes < 10_000, `${bytes} bytes`);
      burst.release();
    }),
  );
});
