// Answers ARP and ping for one IPv4 address, until Ctrl-C.
//
//   npm run build && node --import tsx examples/responder.ts 0000:01:10.0 10.77.0.2
import { type Burst, openPort } from 'vfio-pmd';

const [address = 'emu:a', ip = '10.77.0.2'] = process.argv.slice(2);
const port = await openPort(address);
const [rx] = port.rx;
const [tx] = port.tx;
const ownMac = Buffer.from(port.mac.replaceAll(':', ''), 'hex');
const ownIp = Buffer.from(ip.split('.').map(Number));

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
console.log(`${port.address} answers for ${ip} as ${port.mac}`);

const [arp, ipv4, tagged, request, reply] = [0x0806, 0x0800, 0x8100, 1, 2];
const [icmp, echoRequest, echoReply] = [1, 8, 0];

/** Turns an ARP request for our address into its answer, where it lies. */
function answerArp(frame: Buffer): boolean {
  if (frame.length < 42 || frame.readUInt16BE(20) !== request || !frame.subarray(38, 42).equals(ownIp))
    return false;
  frame.writeUInt16BE(reply, 20);
  frame.copy(frame, 32, 22, 32); // who asked, MAC and IP, is whom it goes to
  ownMac.copy(frame, 22);
  ownIp.copy(frame, 28);
  return true;
}

/** Turns a ping for our address into its answer. Fragments are not put together. */
function answerPing(frame: Buffer): boolean {
  const header = (frame.readUInt8(14) & 0x0f) * 4;
  const message = 14 + header;
  if (frame.length < message + 8 || frame.readUInt8(23) !== icmp || !frame.subarray(30, 34).equals(ownIp))
    return false;
  if (frame.readUInt8(message) !== echoRequest || (frame.readUInt16BE(20) & 0x3fff) !== 0) return false;
  frame.copy(frame, 30, 26, 30); // the IP header's checksum does not mind two addresses changing places
  ownIp.copy(frame, 26);
  frame.writeUInt8(echoReply, message);
  // The type fell by 0x0800, so the checksum, a complement, rises by as much, with end-around carry (RFC 1624).
  const sum = frame.readUInt16BE(message + 2) + (echoRequest << 8);
  frame.writeUInt16BE((sum & 0xffff) + (sum >> 16), message + 2);
  return true;
}

/** Whether frame `i` has become an answer, which goes back to where the question came from. */
function answer(burst: Burst, i: number): boolean {
  const frame = burst.frame(i);
  if (frame.length < 38) return false;
  // A tag (802.1Q) stays in the answer: whoever sends with a priority, in VLAN 0, has one, too. What follows is 4 bytes further on.
  const inner = frame.readUInt16BE(12) === tagged ? frame.subarray(4) : frame;
  const type = inner.readUInt16BE(12);
  const isAnswer = type === arp ? answerArp(inner) : type === ipv4 ? answerPing(inner) : false;
  if (!isAnswer) return false;
  frame.copy(frame, 0, 6, 12);
  ownMac.copy(frame, 6);
  return true;
}

for await (const burst of rx.bursts({ signal: stop.signal })) {
  burst.filter(answer); // releases all others
  tx.send(burst);
}

await port.close();
console.log(`stopped after ${port.stats().txPackets} answers`);
