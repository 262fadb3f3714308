import assert from 'node:assert/strict';
import { RxFlag } from '../../src/index.ts';
import { until } from '../support/until.ts';
import { fromHex } from './support/frames.ts';
import { command } from './support/network.ts';
import { over, ringKinds, wired } from './support/wired.ts';

/** A frame of TCP with a VLAN tag, whose checksums are left to the NIC. */
function taggedTcp(to: string, tci: number, payload: Buffer): Buffer {
  const ip = fromHex('4500 0000 0001 4000 4006 0000 0a000001 0a000002');
  ip.writeUInt16BE(40 + payload.length, 2);
  const tcp = fromHex('1234 0050 00000001 00000001 5010 1000 0000 0000');
  const tag = fromHex(`8100 ${tci.toString(16).padStart(4, '0')} 0800`);
  return Buffer.concat([fromHex(`${to} 020000000001`), tag, ip, tcp, payload]);
}

/** Sends a frame of IPv4 and TCP that is still to be cut, as a kernel's stack does: its NIC knows how. */
function sendUncut(
  name: string,
  frame: Buffer,
  todo: { headers: number; segment: number; sum: [start: number, offset: number] },
): void {
  const header = Buffer.from([1, 1, 0, 0, 0, 0, 0, 0, 0, 0]); // struct virtio_net_hdr: checksum, TCP over IPv4
  for (const [i, value] of [todo.headers, todo.segment, ...todo.sum].entries())
    header.writeUInt16LE(value, 2 + 2 * i);
  const program = `
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
    s.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR
    s.bind((sys.argv[1], 0))
    s.send(bytes.fromhex(sys.argv[2]))`;
  command('python3', '-c', program, name, Buffer.concat([header, frame]).toString('hex'));
}

for (const ring of ringKinds) {
  describe(`a tag at a packet: port${ring}`, () => {
    it(
      'shows the tag of a frame, keeps that of a service, and sends both',
      over(async (network, open) => {
        const [left, right] = await wired(network, open, ring);
        const [outgoing, incoming] = [left.pool.createBurst(8), left.pool.createBurst(8)];
        const macs = `${right.mac} 020000000001`;
        const payload = `88b5 ${'5a'.repeat(60)}`;
        outgoing.append(fromHex(`${macs} 8100 6064 ${payload}`));
        outgoing.append(fromHex(`${macs} 88a8 0007 8100 0008 ${payload}`));
        left.tx[0].send(outgoing);
        await until('both', () => {
          right.rx[0].receive(incoming);
          return incoming.count === 2;
        });
        assert.equal(incoming.statuses[0]! & RxFlag.vlan, RxFlag.vlan);
        assert.equal(incoming.statuses[0]! >>> 16, 0x6064);
        assert.deepEqual(incoming.frame(0), fromHex(`${macs} ${payload}`));
        assert.deepEqual(incoming.frame(1), fromHex(`${macs} 88a8 0007 8100 0008 ${payload}`));
        incoming.release();
      }),
    );

    it(
      'cuts a tagged frame that a stack did not cut, and shows the tag of each segment',
      over(async (network, open) => {
        const [left, right] = await network.cable();
        const port = await open.port(`packet:${right}${ring}`);
        const payload = Buffer.from(Array.from({ length: 3500 }, (_, i) => i * 7));
        sendUncut(left, taggedTcp(port.mac, 0x6007, payload), { headers: 58, segment: 1000, sum: [38, 16] });
        const incoming = port.pool.createBurst(8);
        await until('all segments', () => {
          port.rx[0].receive(incoming);
          return incoming.count === 4;
        });
        const whole = Buffer.concat(Array.from({ length: 4 }, (_, i) => incoming.frame(i).subarray(54)));
        assert.deepEqual(whole, payload);
        for (let i = 0; i < 4; i++) {
          assert.equal(incoming.statuses[i]! & RxFlag.vlan, RxFlag.vlan);
          assert.equal(incoming.statuses[i]! >>> 16, 0x6007);
          assert.equal(incoming.frame(i).readUInt16BE(12), 0x0800);
          assert.equal(incoming.frame(i).length, i < 3 ? 1054 : 554);
        }
        incoming.release();
      }),
    );
  });
}
