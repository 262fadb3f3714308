import assert from 'node:assert/strict';
import { createContext, Script } from 'node:vm';
import fc from 'fast-check';
import * as net from '../../src/net/index.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { anyBytes } from './support/any-bytes.ts';

type Call = (...args: unknown[]) => unknown;

/** Every function of vfio-pmd/net that takes bytes and a position, by name: those of strings, and the builder, may throw. */
const throwing = /^(parse|format)|buildFrame|Layers|flowHash/;
const calls: [name: string, call: Call][] = Object.entries(net).flatMap(([name, value]) => {
  const members: [string, unknown][] =
    typeof value === 'function'
      ? [[name, value]]
      : Object.entries(value).map(([member, inner]) => [`${name}.${member}`, inner]);
  return members.filter(
    (member): member is [string, Call] =>
      typeof member[1] === 'function' && !throwing.test(member[0].split('.').at(-1)!),
  );
});

/** Others take numbers, which memory is not made without an error. */
const takesBytes = (call: Call) => /\(_?bytes\b/.test(String(call));

/** Those that must never look at what lies at `end` or behind it. */
const { options, vlan, ipv4, ipv6, tcp, udp, sctp, icmp, icmp6, gre, vxlan, arp, dhcp, dns, ethernet } = net;
const bounded: Record<string, (bytes: Uint8Array, at: number, end: number, kind: number) => unknown> = {
  'ethernet.headerLength': ethernet.headerLength,
  'vlan.typeAt': vlan.typeAt,
  'arp.messageLength': arp.messageLength,
  'ipv4.headerLength': ipv4.headerLength,
  'ipv6.headerLength': ipv6.headerLength,
  'ipv6.extensionLength': ipv6.extensionLength,
  'udp.headerLength': udp.headerLength,
  'tcp.headerLength': tcp.headerLength,
  'sctp.headerLength': sctp.headerLength,
  'sctp.chunkLength': sctp.chunkLength,
  'sctp.nextChunk': sctp.nextChunk,
  'icmp.headerLength': icmp.headerLength,
  'icmp6.isNeighborMessage': icmp6.isNeighborMessage,
  'icmp6.optionLength': icmp6.optionLength,
  'icmp6.findOption': icmp6.findOption,
  'gre.headerLength': gre.headerLength,
  'vxlan.headerLength': vxlan.headerLength,
  'dhcp.messageLength': dhcp.messageLength,
  'dhcp.optionLength': dhcp.optionLength,
  'dhcp.findOption': dhcp.findOption,
  'dns.messageLength': dns.messageLength,
  'dns.streamedLength': dns.streamedLength,
  'options.length': options.length,
  'options.next': options.next,
  'options.find': options.find,
  'ipv6.upperAt': (bytes, at, end) =>
    ipv6.headerLength(bytes, at, end) === 0 ? 0 : ipv6.upperAt(bytes, at, end),
  'ipv6.upperProtocol': (bytes, at, end) =>
    ipv6.headerLength(bytes, at, end) === 0 ? 0 : ipv6.upperProtocol(bytes, at, end),
  'tcp.findOption': (bytes, at, end, kind) =>
    tcp.headerLength(bytes, at, end) === 0 ? 0 : tcp.findOption(bytes, at, kind),
  'tcp.maxSegmentSize': (bytes, at, end) =>
    tcp.headerLength(bytes, at, end) === 0 ? 0 : tcp.maxSegmentSize(bytes, at),
  'gre.key': (bytes, at, end) => (gre.headerLength(bytes, at, end) === 0 ? 0 : gre.key(bytes, at)),
  'ipv4.hasGoodChecksum': (bytes, at, end) =>
    ipv4.headerLength(bytes, at, end) !== 0 && ipv4.hasGoodChecksum(bytes, at),
  'Layers.read': (bytes, at, end) => {
    const layers = new net.Layers();
    layers.read(bytes, at, end);
    return { ...layers, hash: net.flowHash(bytes, layers) };
  },
};

/** Of a pool that was closed in another way than by close(), say. */
function moved(): Uint8Array {
  const bytes = new Uint8Array(100);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** Positions in the bytes and outside, and what is none. */
const anyNumber = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -50, max: 400 }) },
  fc.constantFrom(Number.NaN, 0.5),
);

/** Where no array reaches, and where adding 1 or 2 changes nothing. */
const farNumbers = [
  ...[2 ** 40, 2 ** 53, 2 ** 53 + 2, Number.MAX_VALUE, Number.POSITIVE_INFINITY],
  ...[-(2 ** 40), -(2 ** 53), -Number.MAX_VALUE, Number.NEGATIVE_INFINITY],
];

describe('vfio-pmd/net, with hostile bytes', () => {
  it('throws nothing, whatever the bytes, the position and the end are', function () {
    this.timeout(120_000);
    assert.ok(calls.length > 150, `${calls.length} functions were found`);
    const runs = scaled('frames', 300);
    fc.assert(
      fc.property(anyBytes, fc.array(anyNumber, { minLength: 6, maxLength: 6 }), (bytes, numbers) => {
        for (const [name, call] of calls) {
          // A pool's views are Buffers, whose methods throw where those of an Uint8Array do not.
          assert.doesNotThrow(() => call(Buffer.from(bytes), ...numbers), name);
          if (takesBytes(call))
            assert.doesNotThrow(() => call(moved(), ...numbers), `${name}, of memory that was moved`);
        }
      }),
      { numRuns: runs },
    );
  });

  it('returns whatever the position and the end are: what is not in the array takes no time', function () {
    this.timeout(limitMs(600));
    const script = new Script('call()');
    const anyPlace = fc.oneof(fc.constantFrom(...farNumbers), fc.integer({ min: -4, max: 100 }));
    const places = fc.sample(fc.array(anyPlace, { minLength: 6, maxLength: 6 }), { numRuns: 200, seed: 1 });
    for (const [name, call] of calls.filter(([, call]) => takesBytes(call))) {
      for (const bytes of [new Uint8Array(100), new Uint8Array(100).fill(1)]) {
        const context = createContext({ call: () => places.map((numbers) => call(bytes, ...numbers) && 0) });
        // Its time ends only what would go on for hours.
        assert.doesNotThrow(() => script.runInContext(context, { timeout: limitMs(20) }), name);
      }
    }
  });

  it('leaves alone what is far from the position, and does all that is near', () => {
    const bytes = Uint8Array.from({ length: 8 }, (_, i) => i);
    net.putBytes(bytes, -2, Uint8Array.of(20, 21, 22), 3);
    net.putBytes(bytes, 7, Uint8Array.of(30, 31), 2);
    net.moveBytes(bytes, -1, 4, 2);
    net.swapBytes(bytes, 1, 6, 4);
    assert.deepEqual([...bytes], [5, 6, 30, 3, 4, 5, 1, 2]);
    const sum = net.sumWords(bytes, 0, 8);
    assert.deepEqual([net.sumWords(bytes, -4, 10), net.sumWords(bytes, -(2 ** 40), 2 ** 40)], [sum, sum]);
    assert.equal(net.sumWords(Uint8Array.of(1, 2, 3), -1, 4), 0x0001 + 0x0203);
    assert.equal(net.crc32c(bytes, -5, 100), net.crc32c(bytes, 0, 8));
  });

  it('writes nothing before the position, nor where there is no memory', () => {
    for (const [name, call] of calls) {
      const bytes = new Uint8Array(100).fill(0xee);
      call(bytes, -60, 0, 0, 0, 0);
      assert.ok(
        bytes.subarray(50).every((byte) => byte === 0xee),
        name,
      );
    }
  });

  it('never looks behind the end, at every length from 0 up', function () {
    this.timeout(300_000);
    const runs = scaled('frames', 300);
    fc.assert(
      fc.property(anyBytes, fc.nat(3), fc.nat(255), (bytes, before, kind) => {
        for (let length = 0; length <= bytes.length; length++) {
          const [zeros, ones] = [0, 0xff].map((behind) => {
            const memory = new Uint8Array(before + bytes.length + 300).fill(behind);
            memory.set(bytes.subarray(0, length), before);
            return memory;
          }) as [Uint8Array, Uint8Array];
          ones.fill(0, 0, before);
          for (const [name, call] of Object.entries(bounded)) {
            const found = call(zeros, before, before + length, kind);
            assert.deepEqual(call(ones, before, before + length, kind), found, `${name}, ${length} bytes`);
            if (typeof found === 'number' && /Length|length/.test(name))
              assert.ok(found >= 0 && found <= length, `${name}: ${found} of ${length} bytes`);
          }
        }
      }),
      { numRuns: runs },
    );
  });

  it('finds positions that lie in the frame, in order', () => {
    const layers = new net.Layers();
    fc.assert(
      fc.property(anyBytes, fc.nat(100), (bytes, before) => {
        const memory = new Uint8Array(before + bytes.length);
        memory.set(bytes, before);
        layers.read(memory, before, memory.length);
        const { l3At, l4At, payloadAt, end } = layers;
        assert.ok(end <= memory.length);
        if (l3At !== 0) assert.ok(l3At >= before + 14 && l3At <= payloadAt);
        if (l4At !== 0) assert.ok(l4At > l3At && l4At <= payloadAt);
        assert.ok(payloadAt <= memory.length);
      }),
      { numRuns: scaled('frames', 5000) },
    );
  });
});
