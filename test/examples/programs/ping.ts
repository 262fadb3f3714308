// Runs examples/responder.ts at one end of an emulated wire, and asks it from the other: once who it is, and with a thousand
// pings of all sizes, every other one with a priority tag. Ends it with SIGINT. Prints how many answers were right.
import { openPort } from 'vfio-pmd';

const pings = 1000;
const theirIp = '10.77.0.2';
const [own, their] = [Buffer.from([10, 77, 0, 1]), Buffer.from([10, 77, 0, 2])];

/** The Internet checksum (RFC 1071) of bytes that include it is 0. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

process.argv.splice(2, process.argv.length, 'emu:ping', theirIp);
const { log } = console;
const ready = new Promise<void>((resolve) => {
  console.log = (line: string) => {
    log(line);
    resolve(); // its first line says that its end of the wire is open
  };
});
const responder = import('../../../examples/responder.ts');
await ready;
const port = await openPort('emu:ping');
const mac = Buffer.from(port.mac.replaceAll(':', ''), 'hex');
const burst = port.pool.createBurst(64);

function ethernet(to: Buffer, type: number, payload: Buffer): Buffer {
  return Buffer.concat([to, mac, Buffer.from([type >> 8, type & 0xff]), payload]);
}

function arpRequest(): Buffer {
  const head = Buffer.from('0001080006040001', 'hex');
  return ethernet(Buffer.alloc(6, 0xff), 0x0806, Buffer.concat([head, mac, own, Buffer.alloc(6), their]));
}

function echoRequest(to: Buffer, number: number): Buffer {
  const packet = Buffer.alloc(28 + (number % 1473), number);
  packet.set([0x45, 0, packet.length >> 8, packet.length & 0xff, 0, 0, 0, 0, 64, 1, 0, 0]);
  packet.set([...own, ...their, 8, 0, 0, 0], 12);
  packet.writeUInt16BE(checksum(packet.subarray(0, 20)), 10);
  packet.writeUInt16BE(number, 26);
  packet.writeUInt16BE(checksum(packet.subarray(20)), 22);
  return ethernet(to, 0x0800, packet);
}

/** With a tag of VLAN 0, which has a priority alone. */
function prioritized(frame: Buffer, priority: number): Buffer {
  const tag = Buffer.from([0x81, 0, priority << 5, 0]);
  return Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
}

const untagged = (frame: Buffer) => Buffer.concat([frame.subarray(0, 12), frame.subarray(16)]);

/** The next frame, cut to `length` bytes: short ones come padded. */
async function ask(frame: Buffer): Promise<Buffer> {
  burst.append(frame);
  while (burst.count > 0) port.tx[0].send(burst);
  while (port.rx[0].receive(burst, 1) === 0) await new Promise(setImmediate);
  const answer = Buffer.from(burst.frame(0)).subarray(0, frame.length);
  burst.release();
  return answer;
}

const arp = await ask(arpRequest());
const theirMac = arp.subarray(6, 12);
const isArpReply =
  arp.readUInt16BE(20) === 2 && arp.subarray(22, 28).equals(theirMac) && arp.subarray(28, 32).equals(their);
let right = 0;
for (let number = 0; number < pings; number++) {
  const request = echoRequest(theirMac, number);
  const priority = number % 8;
  const answer = await ask(number % 2 === 0 ? request : prioritized(request, priority));
  const isTagKept = number % 2 === 0 || answer.readUInt32BE(12) === 0x81000000 + (priority << 13);
  const reply = number % 2 === 0 ? answer : untagged(answer);
  const isReply = reply[34] === 0 && reply.subarray(26, 34).equals(Buffer.concat([their, own]));
  const isWhole = checksum(reply.subarray(14, 34)) === 0 && checksum(reply.subarray(34)) === 0;
  if (isTagKept && isReply && isWhole && reply.subarray(38).equals(request.subarray(38))) right++;
}
process.kill(process.pid, 'SIGINT');
await responder;
await port.close();
console.log(`ARP ${isArpReply}, ${right} of ${pings} pings`);
