import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Burst, openPort, type Port, TxRequest } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { until, untilSeen } from '../support/until.ts';
import { Nic } from './support/nic.ts';
import { guestSuite } from './support/suite.ts';
import { settled } from './support/transfer.ts';

const execute = promisify(execFile);

/** What arrives at closed ports, as the kernel counts it: it has checked every checksum by then. */
interface Judged {
  good: number;
  bad: number;
}

function judged(): Judged {
  const snmp = readFileSync('/proc/net/snmp', 'utf8');
  const value = (protocol: string, name: string) => {
    const [names, values] = snmp.match(new RegExp(`^${protocol}: .*$`, 'gm'))!.map((line) => line.split(' '));
    return Number(values![names!.indexOf(name)]);
  };
  const snmp6 = readFileSync('/proc/net/snmp6', 'utf8');
  const value6 = (name: string) => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(snmp6)?.[1]);
  return {
    good: value('Udp', 'NoPorts') + value6('Udp6NoPorts') + value('Tcp', 'OutRsts'),
    bad: value('Udp', 'InCsumErrors') + value6('Udp6InCsumErrors') + value('Tcp', 'InCsumErrors'),
  };
}

const vlan = 5;
const [closedPort, ownPort] = [40_000, 40_001];
const bytesOf = (text: string) => Buffer.from(text.replaceAll(':', ''), 'hex');

interface Kind {
  version: 4 | 6;
  protocol: 6 | 17;
  isTagged: boolean;
}
const kinds: Kind[] = ([4, 6] as const).flatMap((version) =>
  ([6, 17] as const).flatMap((protocol) =>
    [false, true].map((isTagged) => ({ version, protocol, isTagged })),
  ),
);

/** A frame to a closed port of the PF's interface, with nonsense for its checksums. */
function frameOf({ version, protocol, isTagged }: Kind, nic: Nic, port: Port, payload: Uint8Array): Buffer {
  const net = isTagged ? vlan : 0;
  const type = version === 4 ? [8, 0] : [0x86, 0xdd];
  const header = protocol === 6 ? Buffer.alloc(20) : Buffer.alloc(8);
  header.writeUInt16BE(ownPort, 0);
  header.writeUInt16BE(closedPort, 2);
  if (protocol === 6) {
    header.writeUInt32BE(0xffffff00, 4);
    header.set([0x50, 0x18, 0x10, 0, 0xba, 0xad], 12); // ACK PSH
  } else {
    header.writeUInt16BE(8 + payload.length, 4);
    header.writeUInt16BE(0xbaad, 6);
  }
  const length = header.length + payload.length;
  const ip = version === 4 ? Buffer.alloc(20) : Buffer.alloc(40);
  if (version === 4) {
    ip.set([0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, protocol, 0xba, 0xad, 10, 99, net, 2, 10, 99, net, 1]);
    ip.writeUInt16BE(Math.min(20 + length, 65_535), 2);
  } else {
    ip.set([0x60, 0, 0, 0, 0, 0, protocol, 64]);
    ip.writeUInt16BE(Math.min(length, 65_535), 4);
    ip.set([0xfd, 0, 0, 0x99, 0, net], 8);
    ip.set([0xfd, 0, 0, 0x99, 0, net], 24);
    [ip[23], ip[39]] = [2, 1];
  }
  return Buffer.concat([bytesOf(nic.mac), bytesOf(port.mac), Buffer.from(type), ip, header, payload]);
}

const requestOf = ({ version, isTagged }: Kind) =>
  (version === 4 ? TxRequest.ipChecksum : 0) |
  TxRequest.l4Checksum |
  (isTagged ? TxRequest.vlan | (vlan << 16) : 0);

guestSuite("the kernel behind the PF's interface, which checks by itself", () => {
  const nic = () => Nic.ofGuest();
  const tagged = `pmd.${vlan}`;
  let port: Port;
  before(async () => {
    const { interface: name } = nic();
    await execute('ethtool', ['-K', name, 'rx', 'off', 'gro', 'off']);
    await nic().ip('link', 'add', 'link', name, 'name', tagged, 'type', 'vlan', 'id', `${vlan}`);
    await nic().ip('link', 'set', tagged, 'up');
    for (const [link, net] of [
      [name, 0],
      [tagged, vlan],
    ] as const) {
      await nic().ip('addr', 'add', `10.99.${net}.1/24`, 'dev', link);
      await nic().ip('addr', 'add', `fd00:99:${net}::1/48`, 'dev', link, 'nodad');
      await nic().ip('neigh', 'add', `10.99.${net}.2`, 'lladdr', nic().vfMac(0), 'dev', link);
      await nic().ip('neigh', 'add', `fd00:99:${net}::2`, 'lladdr', nic().vfMac(0), 'dev', link);
    }
    port = await openPort(nic().vf(0));
    // The PF's driver keeps no entry in VLVF for a VLAN of its own alone, and QEMU's model then takes none of its frames.
    await port.setVlan(vlan, true);
  });
  after(async () => {
    await port.close();
    const { interface: name } = nic();
    await nic().ip('link', 'del', tagged);
    await nic().ip('addr', 'flush', 'dev', name);
    await execute('ethtool', ['-K', name, 'rx', 'on', 'gro', 'on']);
  });

  /** Appends the next frame of each kind. */
  function append(burst: Burst, number: number, most: number): number {
    let made = 0;
    for (; made < Math.min(most, kinds.length); made++) {
      const kind = kinds[made]!;
      const payload = Buffer.alloc(1 + ((number + made * 131) % 1400), number + made);
      const i = burst.count;
      assert.ok(burst.append(frameOf(kind, nic(), port, payload)));
      burst.txRequests[i] = requestOf(kind);
    }
    return made;
  }

  it('finds no wrong checksum in what requests its checksums: TCP and UDP, IPv4 and IPv6, tagged and not', async function () {
    const frames = scaled('frames whose checksums the kernel checks', 10_000, { least: 800, long: 100_000 });
    this.timeout(limitMs(240 + frames / 100));
    const burst = port.pool.createBurst(32, { columns: ['txRequest'] });
    const begin = judged();
    let sent = 0;
    const window = 96;
    await until(
      'the kernel has judged every frame',
      () => {
        const now = judged();
        assert.equal(now.bad, begin.bad, 'checksum errors');
        const seen = now.good - begin.good;
        while (sent < frames && sent - seen < window) {
          if (burst.count === 0)
            while (burst.count < 24 && burst.count + sent < frames) append(burst, sent, frames - sent);
          sent += port.tx[0].send(burst);
        }
        return seen >= sent && sent >= frames;
      },
      240 + frames / 100,
    );
    assert.equal(judged().good - begin.good, sent);
    assert.equal(judged().bad, begin.bad);
  });

  it('passes frames on to tcpdump -vv, which calls every checksum correct', async function () {
    this.timeout(limitMs(240));
    const tcpdump = spawn('tcpdump', [
      '-i',
      nic().interface,
      '-Q',
      'in',
      '-nn',
      '-vv',
      '-l',
      '-c',
      '64',
      `port ${closedPort} or (vlan and port ${closedPort})`,
    ]);
    let [text, errors] = ['', ''];
    tcpdump.stdout.on('data', (chunk) => {
      text += chunk;
    });
    tcpdump.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const closed = once(tcpdump, 'close');
    await untilSeen('tcpdump to listen', () => errors.includes('listening on'));
    const burst = port.pool.createBurst(64, { columns: ['txRequest'] });
    while (burst.count < 64) append(burst, burst.count, 8);
    while (burst.count > 0) port.tx[0].send(burst);
    await closed;
    const good = text.match(/\(correct\)|\[udp sum ok\]/g) ?? [];
    assert.equal(good.length, 64, text);
    assert.doesNotMatch(text, /incorrect|bad cksum|bad udp/);
  });

  for (const kind of kinds.filter(({ protocol }) => protocol === 6)) {
    const { version, isTagged } = kind;
    it(`receives 60,000 bytes of TCP over IPv${version}${isTagged ? ' with a tag' : ''} as segments that, put together, are what was sent`, async function () {
      this.timeout(limitMs(240));
      const sniffer = await openPort(`packet:${isTagged ? tagged : nic().interface}`);
      const payload = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
      const frame = frameOf(kind, nic(), port, payload);
      const burst = port.pool.createBurst(64, { columns: ['txRequest', 'segmentSize'] });
      for (let at = 0; at < frame.length; at += port.pool.dataRoom)
        burst.append(frame.subarray(at, at + port.pool.dataRoom));
      burst.chain(0, burst.count);
      burst.txRequests[0] = isTagged ? TxRequest.vlan | (vlan << 16) : 0;
      burst.segmentSizes[0] = 1440;
      const before = judged();
      assert.ok(port.tx[0].send(burst) > 0);
      const l4 = version === 4 ? 34 : 54;
      const got = Buffer.alloc(payload.length);
      let bytes = 0;
      let number = 0;
      const into = sniffer.pool.createBurst(64);
      await until('all segments', () => {
        sniffer.rx[0].receive(into);
        for (let i = 0; i < into.count; i++) {
          const segment = into.frame(i);
          if (
            segment[12] !== frame[12] ||
            segment[13] !== frame[13] ||
            segment[l4 - (version === 4 ? 11 : 34)] !== 6
          )
            continue;
          if (segment.readUInt16BE(l4 + 2) !== closedPort) continue;
          const at = (segment.readUInt32BE(l4 + 4) - 0xffffff00) >>> 0;
          const end = version === 4 ? 14 + segment.readUInt16BE(16) : 54 + segment.readUInt16BE(18);
          if (version === 4) assert.equal(segment.readUInt16BE(18), 0x1234 + number, 'id');
          assert.equal(at, number * 1440, 'sequence number');
          assert.equal(segment[l4 + 13]! & ~0x09, 0x10, 'flags but for PSH and FIN');
          segment.copy(got, at, l4 + 20, end);
          bytes += end - l4 - 20;
          number++;
        }
        into.release();
        return bytes >= payload.length;
      });
      assert.equal(bytes, payload.length);
      assert.deepEqual(got, payload);
      assert.equal(judged().bad, before.bad);
      await sniffer.close();
    });
  }

  it('has given every buffer back', async () => {
    assert.equal(await settled(port), port.pool.buffers);
  });
});
