// Answers DNS questions for names of one table, until Ctrl-C. Messages are those of npm's dns-packet.
//
//   npm install dns-packet && npm run build && node --import tsx examples/dns.ts packet:veth0 10.77.0.2 www.example=10.0.0.1
import dnsPacket from 'dns-packet';
import { createPool, openPort, Verdict } from 'vfio-pmd';
import { dns, ethernet, Fragment, IpProtocol, ipv4, Layers, putBytes, swapBytes, udp } from 'vfio-pmd/net';
import { Neighbours } from './neighbours.ts';
import { serve } from './serve.ts';

const [address = 'emu:a', ip = '10.77.0.2', ...names] = process.argv.slice(2);
const table = new Map(names.map((name) => name.split('=') as [string, string]));
const pool = await createPool();
const port = await openPort(address, { pool });
const me = new Neighbours(port, ip);
const { bytes } = pool;
const layers = new Layers();
let answered = 0;

/** The answer to a message. Undefined where it is no question that can be read. */
function answerTo(message: Uint8Array): Uint8Array | undefined {
  try {
    const { type, id = 0, flags = 0, questions = [] } = dnsPacket.decode(Buffer.from(message));
    if (type !== 'query') return undefined;
    const answers = questions
      .filter(({ name, type }) => type === 'A' && table.has(name.toLowerCase()))
      .map(({ name }) => ({ type: 'A' as const, name, ttl: 60, data: table.get(name.toLowerCase())! }));
    const code = answers.length > 0 ? 0 : 3; // no such name
    return dnsPacket.encode({
      type: 'response',
      id,
      flags: (flags & 0x100) | dnsPacket.AUTHORITATIVE_ANSWER | code,
      questions,
      answers,
    });
  } catch {
    return undefined;
  }
}

await serve(pool, [port], (burst, i) => {
  const at = burst.position(i);
  if (!layers.read(bytes, at, at + burst.lengths[i]!)) return Verdict.drop;
  if (me.answer(at, layers)) return Verdict.port;
  const { l3At, l4At, payloadAt, end, protocol, fragment } = layers;
  const isForUs =
    protocol === IpProtocol.udp &&
    fragment === Fragment.none &&
    ipv4.destination(bytes, l3At) === me.ip &&
    udp.destinationPort(bytes, l4At) === dns.port;
  const message = isForUs ? answerTo(bytes.subarray(payloadAt, end)) : undefined;
  if (message === undefined || message.length > 1400) return Verdict.drop;
  putBytes(bytes, payloadAt, message, message.length);
  const udpBytes = udp.headerBytes + message.length;
  burst.lengths[i] = l4At + udpBytes - at;
  swapBytes(bytes, l3At + ipv4.sourceOffset, l3At + ipv4.destinationOffset, 4);
  swapBytes(bytes, l4At, l4At + 2, 2);
  ethernet.swapAddresses(bytes, at);
  ipv4.setTotalLength(bytes, l3At, l4At + udpBytes - l3At);
  ipv4.fillChecksum(bytes, l3At);
  udp.setLength(bytes, l4At, udpBytes);
  udp.fillChecksum(bytes, l4At, ipv4.sumPseudoHeader(bytes, l3At, IpProtocol.udp, udpBytes));
  answered++;
  return Verdict.port;
});
console.log(`stopped after ${answered} answers`);
