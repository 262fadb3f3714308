import assert from 'node:assert/strict';
import fc from 'fast-check';
import { collectField } from '../../src/cli/field-values.ts';
import { type Burst, createPool, type Pool, parseMac } from '../../src/index.ts';
import type { Field } from '../../src/traffic/fields.ts';
import { type TemplateName, templateNames } from '../../src/traffic/header.ts';
import { imix, meanBytes, oneSize, type Sizes, sequenceOf } from '../../src/traffic/sizes.ts';
import { checkTraffic, Traffic, type TrafficSpec } from '../../src/traffic/traffic.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { writeFrames } from '../pcap/support/frames.ts';
import { listWithTshark, needTools } from '../pcap/support/tools.ts';
import { garbageOf } from '../support/garbage.ts';

const addresses = { source: parseMac('02:00:00:00:00:0a'), destination: parseMac('02:00:00:00:00:0b') };
const fields = (...texts: string[]): Field[] =>
  texts.reduce<Field[]>((previous, text) => collectField(text, previous), []);
const leastBytes: Record<TemplateName, number> = {
  ethernet: 60,
  ipv4: 60,
  ipv6: 60,
  udp: 60,
  tcp: 60,
  udp6: 62,
  tcp6: 74,
};

function specOf(template: TemplateName, more: Partial<TrafficSpec> = {}): TrafficSpec {
  return { template, sizes: oneSize(leastBytes[template]), fields: [], seed: 1, ...more };
}

describe('the frames of a stream', () => {
  const path = useDirectory();
  let pool: Pool;
  let burst: Burst;
  let timeNs = 0;
  const clock = () => timeNs;

  before(async () => {
    pool = await createPool({ buffers: 4096, hugePages: 'never' });
    burst = pool.createBurst(1024);
  });
  after(() => pool.close());
  afterEach(() => burst.release());

  /** The next `count` frames, copied. */
  function make(traffic: Traffic, count: number, nowNs = 0): Buffer[] {
    burst.release();
    assert.equal(burst.allocate(count), count);
    timeNs = nowNs;
    traffic.fill(burst, 0, count);
    return Array.from({ length: count }, (_, i) => Buffer.from(burst.frame(i)));
  }

  const ips = (frames: readonly Buffer[], at = 26) =>
    frames.map((frame) => [...frame.subarray(at, at + 4)].join('.'));

  for (const template of templateNames) {
    it(`of template '${template}' have correct lengths and checksums in every size, says tshark`, async function () {
      needTools(this, 'tshark');
      const ip6 = template.endsWith('6');
      const varied =
        template === 'ethernet'
          ? fields('src-mac=random:02:00:00:00:00:00-02:00:ff:ff:ff:ff')
          : fields(
              ip6 ? 'src-ip=random:2001:db8::-2001:db8::ffff:ffff' : 'src-ip=random:0.0.0.0-255.255.255.255',
              'ttl=1-255',
              // Ports of no application that tshark would look for in them.
              ...(template.startsWith('ip') ? [] : ['src-port=random:50000-50999', 'dst-port=61000-61999']),
            );
      const sizes: Sizes = { kind: 'range', min: leastBytes[template], max: 1514 };
      const file = path(`${template}.pcap`);
      const frames = [false, true].flatMap((tagged) => {
        const spec = specOf(template, {
          sizes: tagged ? { ...sizes, min: sizes.min + 4, max: 1518 } : sizes,
          fields: tagged ? [...varied, ...fields('vlan=random:1-4000')] : varied,
        });
        // Twice the same buffers, so that nothing of a frame that was in one before is left.
        const traffic = new Traffic(pool, spec, addresses);
        return [0, 1].flatMap((round) => make(traffic, 1000, 2 ** 50 + round * 12345));
      });
      await writeFrames(file, frames);
      const checks = ['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
      const list = (filter: string) => listWithTshark(file, ['frame.number'], ...checks, '-Y', filter);
      assert.deepEqual(
        await list('_ws.malformed || _ws.expert.severity >= 6291456'),
        [],
        'warnings and errors',
      );
      const good = {
        ethernet: 'eth.type == 0x88b5 || vlan.etype == 0x88b5',
        ipv4: 'ip.checksum.status == 1',
        ipv6: 'ipv6.plen > 0',
        udp: 'ip.checksum.status == 1 && udp.checksum.status == 1',
        tcp: 'ip.checksum.status == 1 && tcp.checksum.status == 1',
        udp6: 'udp.checksum.status == 1',
        tcp6: 'tcp.checksum.status == 1',
      }[template];
      assert.equal((await list(good)).length, frames.length);
    });
  }

  it('carry their number and the time in their payload', () => {
    const nowNs = 3 * 2 ** 40 + 5;
    const traffic = new Traffic(pool, specOf('udp'), addresses, clock);
    const frames = [...make(traffic, 700, 1), ...make(traffic, 700, nowNs)];
    for (const [i, frame] of frames.entries()) {
      assert.equal(frame.readBigUInt64BE(42), BigInt(i));
      assert.equal(frame.readBigUInt64BE(50), i < 700 ? 1n : BigInt(nowNs));
    }
    const tcp = make(new Traffic(pool, specOf('tcp'), addresses), 3);
    assert.deepEqual(
      tcp.map((frame) => frame.readUInt32BE(38)),
      [0, 1, 2],
    );
  });

  it('count up a range and begin again, and draw from one with the same seed the same', () => {
    const counting = new Traffic(
      pool,
      specOf('ipv4', { fields: fields('src-ip=10.0.0.254-10.0.1.1') }),
      addresses,
    );
    assert.deepEqual(ips(make(counting, 6)), [
      '10.0.0.254',
      '10.0.0.255',
      '10.0.1.0',
      '10.0.1.1',
      '10.0.0.254',
      '10.0.0.255',
    ]);
    const drawing = (seed: number) =>
      ips(
        make(
          new Traffic(
            pool,
            specOf('ipv4', { seed, fields: fields('src-ip=random:10.0.0.0-10.0.0.255') }),
            addresses,
          ),
          1000,
        ),
      );
    const [first, again, other] = [drawing(1), drawing(1), drawing(2)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
    const counts = new Map<string, number>();
    for (const ip of first) counts.set(ip, (counts.get(ip) ?? 0) + 1);
    assert.ok(counts.size > 240, `${counts.size} of 256 values in 1000 draws`);
    assert.ok([...counts.keys()].every((ip) => ip.startsWith('10.0.0.')));
  });

  it('belong to as many flows as were asked for, in turn', () => {
    for (const [flows, more] of [
      [7, {}],
      [500, { fields: fields('src-ip=random:10.0.0.0-10.255.255.255', 'src-port=1-60000') }],
    ] as const) {
      const traffic = new Traffic(pool, specOf('udp', { flows, ...more }), addresses);
      const tuples = make(traffic, 1000).map((frame) => frame.toString('hex', 26, 38));
      assert.equal(new Set(tuples).size, flows);
      for (const [i, tuple] of tuples.entries()) assert.equal(tuple, tuples[i % flows]);
    }
    const bare = new Traffic(pool, specOf('ethernet', { flows: 1000 }), addresses);
    assert.equal(new Set(make(bare, 1000).map((frame) => frame.toString('hex', 6, 12))).size, 1000);
  });

  it('are told from others by what a router leaves of them', () => {
    for (const template of templateNames) {
      const spec = specOf(
        template,
        template === 'ethernet' ? {} : { fields: fields('ttl=9', 'vlan=5'), sizes: oneSize(80) },
      );
      const traffic = new Traffic(pool, spec, addresses);
      make(traffic, 1);
      assert.ok(traffic.matches(burst, 0), template);
      const at = burst.position(0);
      pool.bytes.fill(7, at, at + 12); // other MACs
      assert.ok(traffic.matches(burst, 0), template);
      if (template === 'ethernet') continue;
      pool.bytes.copyWithin(at + 12, at + 16, at + 80); // the tag is taken off
      burst.lengths[0] = 76;
      assert.ok(traffic.matches(burst, 0), template);
      const ip6 = template.endsWith('6');
      pool.bytes[at + 14 + (ip6 ? 30 : 18)]! ^= 1; // in the destination
      assert.ok(!traffic.matches(burst, 0), template);
    }
    const raw = new Traffic(pool, specOf('ethernet'), addresses);
    const udp = new Traffic(pool, specOf('udp'), addresses);
    make(udp, 1);
    assert.ok(!raw.matches(burst, 0));
    make(raw, 1);
    assert.ok(!udp.matches(burst, 0));
  });

  it('are told from those of before by their number, whether their tag was taken off or not', () => {
    for (const template of templateNames) {
      const spec = specOf(template, {
        ...(template !== 'ethernet' && { fields: fields('vlan=5') }),
        sizes: oneSize(90),
      });
      const traffic = new Traffic(pool, spec, addresses);
      make(traffic, 7);
      const next = traffic.nextNumber;
      assert.equal(next, 7);
      assert.deepEqual([traffic.isSince(burst, 0, next), traffic.isSince(burst, 0, 0)], [false, true]);
      make(traffic, 1);
      assert.ok(traffic.isSince(burst, 0, next), template);
      if (template === 'ethernet') continue;
      const at = burst.position(0);
      pool.bytes.copyWithin(at + 12, at + 16, at + 90);
      burst.lengths[0] = 86;
      assert.deepEqual([traffic.isSince(burst, 0, next), traffic.isSince(burst, 0, next + 1)], [true, false]);
    }
  });

  it('that can not be are refused with what to do', () => {
    const refused: [TrafficSpec, RegExp][] = [
      [
        specOf('udp', { fields: fields('vlan=1'), sizes: oneSize(45) }),
        /49 bytes with FCS is too short for 'udp'.*50 at least/,
      ],
      [specOf('tcp6', { sizes: oneSize(60) }), /too short for 'tcp6'.*78 at least/],
      [specOf('udp', { sizes: oneSize(1518) }), /1522 bytes with FCS is too long.*1518 at most/],
      [specOf('ethernet', { fields: fields('src-ip=10.0.0.1') }), /'ethernet' have no such src-ip/],
      [specOf('udp6', { fields: fields('src-ip=10.0.0.1') }), /'udp6' have no such src-ip/],
      [specOf('ipv4', { fields: fields('dst-port=5') }), /'ipv4' have no such dst-port/],
    ];
    for (const [spec, says] of refused) assert.throws(() => checkTraffic(spec), says);
    assert.doesNotThrow(() =>
      checkTraffic(specOf('udp', { fields: fields('vlan=1'), sizes: oneSize(1518) })),
    );
  });

  it('make no garbage', () => {
    const spec = specOf('udp', { sizes: imix, fields: fields('src-ip=random:0.0.0.0-255.255.255.255') });
    const traffic = new Traffic(pool, spec, addresses);
    burst.allocate(1000);
    const frames = 200_000;
    const run = () => {
      for (let i = 0; i < frames / 1000; i++) traffic.fill(burst, 0, 1000);
    };
    const bytes = garbageOf(run) / frames;
    assert.ok(bytes < 1, `${bytes} bytes per frame`);
  });
});

describe('sizes', () => {
  it('of a mix are in their shares, spread, however long the stream is', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 60, max: 1514 }), { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (bytes, weights) => {
          const parts = bytes.map((size) => ({ bytes: size, weight: weights.next().value as number }));
          const sequence = sequenceOf({ kind: 'mix', parts });
          for (const part of parts)
            assert.equal(sequence.filter((size) => size === part.bytes).length, part.weight);
          // At no time is a size more than its share and one frame ahead.
          const total = sequence.length;
          for (const { bytes: size, weight } of parts) {
            let seen = 0;
            for (const [i, one] of sequence.entries()) {
              if (one === size) seen++;
              assert.ok(seen <= ((i + 1) * weight) / total + 1);
            }
          }
        },
      ),
    );
  });

  it('of IMIX are 7 to 4 to 1 of 64, 594 and 1518 bytes with FCS', () => {
    assert.ok(Math.abs(meanBytes(imix) + 4 - (7 * 64 + 4 * 594 + 1518) / 12) < 1e-9);
    assert.equal(sequenceOf(imix).length, 12);
  });
});
