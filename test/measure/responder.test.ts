import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { type Burst, type Port, parseMac } from '../../src/index.ts';
import { Responder } from '../../src/measure/responder.ts';
import { joinVlansOnAll } from '../../src/measure/vlans.ts';
import { checksumOf, sumWords } from '../../src/net/checksum.ts';
import { restoreTags } from '../../src/net/restore-tags.ts';
import type { EchoCounts } from '../../src/results/echo-counts.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { writeFrames } from '../pcap/support/frames.ts';
import { listWithTshark, needTools } from '../pcap/support/tools.ts';
import { closing } from '../support/ports.ts';

const ip4 = Buffer.from([10, 77, 0, 2]);
const asker4 = Buffer.from([10, 77, 0, 1]);
const ip6 = Buffer.from('fd000000000000000000000000000002', 'hex');
const asker6 = Buffer.from('fd000000000000000000000000000001', 'hex');
const nobody6 = Buffer.alloc(16);
const broadcast = 'ff:ff:ff:ff:ff:ff';
const group = '33:33:ff:00:00:02';

function frame(destination: string, source: string, type: number, body: Buffer): Buffer {
  const head = Buffer.concat([
    parseMac(destination),
    parseMac(source),
    Buffer.from([type >> 8, type & 0xff]),
  ]);
  return Buffer.concat([head, body]);
}

const arp = (source: string, target: Buffer) =>
  frame(
    broadcast,
    source,
    0x0806,
    Buffer.concat([
      Buffer.from('0001080006040001', 'hex'),
      parseMac(source),
      asker4,
      Buffer.alloc(6),
      target,
    ]),
  );

function withChecksum(bytes: Buffer, at: number, pseudo = 0): Buffer {
  bytes.writeUInt16BE(checksumOf(sumWords(bytes, 0, bytes.length) + pseudo), at);
  return bytes;
}

function ping(destination: string, source: string, data: number): Buffer {
  const message = withChecksum(
    Buffer.concat([Buffer.from('0800000012340001', 'hex'), Buffer.alloc(data, 0xa7)]),
    2,
  );
  const header = Buffer.from('450000000001000040010000', 'hex');
  header.writeUInt16BE(20 + message.length, 2);
  return frame(
    destination,
    source,
    0x0800,
    Buffer.concat([withChecksum(Buffer.concat([header, asker4, ip4]), 10), message]),
  );
}

function icmp6(destination: string, from: [mac: string, ip: Buffer], to: Buffer, message: Buffer): Buffer {
  const pseudo = sumWords(from[1], 0, 16) + sumWords(to, 0, 16) + message.length + 58;
  const header = Buffer.from('6000000000003aff', 'hex');
  header.writeUInt16BE(message.length, 4);
  return frame(
    destination,
    from[0],
    0x86dd,
    Buffer.concat([header, from[1], to, withChecksum(message, 2, pseudo)]),
  );
}

function tagged(frame: Buffer, tag: number): Buffer {
  return Buffer.concat([
    frame.subarray(0, 12),
    Buffer.from([0x81, 0, tag >> 8, tag & 0xff]),
    frame.subarray(12),
  ]);
}

const allOf = Buffer.from('ff0200000000000000000001ff000002', 'hex');
const solicitation = (source: string, ip: Buffer) =>
  icmp6(
    group,
    [source, ip],
    allOf,
    Buffer.concat([
      Buffer.from('8700000000000000', 'hex'),
      ip6,
      ...(ip === nobody6 ? [] : [Buffer.from([1, 1]), parseMac(source)]),
    ]),
  );

/** What an answer is told by; those that it has not are left out. */
const answerFields = [
  ...['eth.src', 'eth.dst', 'arp.opcode', 'arp.src.proto_ipv4', 'icmp.type', 'icmp.checksum.status'],
  ...['icmpv6.type', 'icmpv6.checksum.status', 'icmpv6.nd.na.target_address', 'icmpv6.opt.linkaddr'],
  'ip.checksum.status',
];

describe('the responder', () => {
  const path = useDirectory();

  async function exchange(
    near: Port,
    far: Port,
    responder: Responder,
    burst: Burst,
    asked: Buffer[],
  ): Promise<Buffer[]> {
    for (const question of asked) assert.ok(burst.append(question));
    assert.equal(near.tx[0].send(burst), asked.length);
    let seen = 0;
    while (seen < asked.length) {
      seen += responder.round(64);
      await setImmediate();
    }
    while (far.pool.usage().txRings > 0) {
      for (const port of [near, far]) port.tx[0].reclaim();
      await setImmediate();
    }
    near.rx[0].receive(burst);
    restoreTags(burst);
    const answers = Array.from({ length: burst.count }, (_, i) => Buffer.from(burst.frame(i)));
    burst.release();
    return answers;
  }

  it('answers ARP and ping of IPv4 and IPv6, as tshark understands them, and nothing else', async function () {
    needTools(this, 'tshark');
    await closing(async (open) => {
      const pool = await open.pool();
      const [near, far] = await open.wire({ pool });
      await near.setMulticast(['33:33:00:00:00:01']);
      await Responder.join([far], [ip4, ip6]);
      const responder = new Responder(pool, [far], [ip4, ip6], 32);
      const questions = [
        arp(near.mac, ip4),
        arp(near.mac, Buffer.from([10, 77, 0, 3])), // for another
        ping(far.mac, near.mac, 0),
        ping(far.mac, near.mac, 1001),
        solicitation(near.mac, asker6),
        solicitation(near.mac, nobody6), // is it in use?
        icmp6(
          far.mac,
          [near.mac, asker6],
          ip6,
          Buffer.concat([Buffer.from('8000000012340001', 'hex'), Buffer.alloc(57, 0xb3)]),
        ),
        frame(far.mac, near.mac, 0x88b5, Buffer.alloc(46)),
      ];
      const answers = await exchange(near, far, responder, pool.createBurst(64), questions);
      const { details } = await responder.finish();
      const [counts] = details.echo as [EchoCounts];
      assert.deepEqual(counts, { address: far.address, arp: 1, ping: 2, neighbor: 2, ping6: 1, ignored: 2 });
      const file = path('answers.pcap');
      await writeFrames(file, answers);
      const [us, them] = [far.mac, near.mac];
      const na = `136 1 fd00::2 ${us}`;
      assert.deepEqual(await listWithTshark(file, answerFields, '-o', 'ip.check_checksum:TRUE'), [
        `${us} ${them} 2 10.77.0.2`,
        `${us} ${them} 0 1 1`,
        `${us} ${them} 0 1 1`,
        `${us} ${them} ${na}`,
        `${us} 33:33:00:00:00:01 ${na}`,
        `${us} ${them} 129 1`,
      ]);
      // What was sent is what comes back.
      assert.deepEqual(answers[2]!.subarray(42), questions[3]!.subarray(42));
      assert.equal(pool.usage().application, 0);
    })();
  });

  const tags: [what: string, tag: number, vlans: number[]][] = [
    ['of a VLAN that the device strips', 0x6064, [100]],
    ['of VLAN 0, which has a priority alone', 0xa000, []],
    ['of VLAN 0 when the device strips tags', 0xa000, [100]],
  ];
  for (const [what, tag, vlans] of tags) {
    it(`keeps the tag ${what}, in each kind of answer`, async function () {
      needTools(this, 'tshark');
      await closing(async (open) => {
        const pool = await open.pool();
        const [near, far] = await open.wire({ pool });
        await near.setMulticast(['33:33:00:00:00:01']);
        await Responder.join([far], [ip4, ip6]);
        await joinVlansOnAll([near, far], vlans);
        const responder = new Responder(pool, [far], [ip4, ip6], 32);
        const questions = [
          arp(near.mac, ip4),
          arp(near.mac, Buffer.from([10, 77, 0, 3])), // for another
          ping(far.mac, near.mac, 0),
          ping(far.mac, near.mac, 1001),
          solicitation(near.mac, asker6),
          solicitation(near.mac, nobody6),
          icmp6(far.mac, [near.mac, asker6], ip6, Buffer.from('80000000123400017374', 'hex')),
        ].map((question) => tagged(question, tag));
        const answers = await exchange(near, far, responder, pool.createBurst(64), questions);
        const file = path('tagged.pcap');
        await writeFrames(file, answers);
        const [us, them] = [far.mac, near.mac];
        const na = `136 1 fd00::2 ${us}`;
        const fields = [...answerFields, 'vlan.priority', 'vlan.id'];
        const vlan = `${tag >> 13} ${tag & 0xfff}`;
        assert.deepEqual(await listWithTshark(file, fields, '-o', 'ip.check_checksum:TRUE'), [
          `${us} ${them} 2 10.77.0.2 ${vlan}`,
          `${us} ${them} 0 1 1 ${vlan}`,
          `${us} ${them} 0 1 1 ${vlan}`,
          `${us} ${them} ${na} ${vlan}`,
          `${us} 33:33:00:00:00:01 ${na} ${vlan}`,
          `${us} ${them} 129 1 ${vlan}`,
        ]);
        assert.equal(pool.usage().application, 0);
      })();
    });
  }

  it('leaves fragments and what is cut alone', async () => {
    await closing(async (open) => {
      const pool = await open.pool();
      const [near, far] = await open.wire({ pool });
      const responder = new Responder(pool, [far], [ip4, ip6], 32);
      const fragment = ping(far.mac, near.mac, 40);
      fragment.writeUInt16BE(0x2000, 20);
      const options = ping(far.mac, near.mac, 0).subarray(0, 42);
      options[14] = 0x4f; // 60 bytes of header in 28 that are there
      const answers = await exchange(near, far, responder, pool.createBurst(64), [fragment, options]);
      assert.deepEqual(answers, []);
    })();
  });
});
