// Answers ARP and ping for one IPv4 address, until Ctrl-C.
//
//   npm run build && node --import tsx examples/responder.ts 0000:01:10.0 10.77.0.2
import { type Burst, openPort } from 'vfio-pmd';
import {
  arp,
  EtherType,
  ethernet,
  Fragment,
  IpProtocol,
  icmp,
  ipv4,
  Layers,
  mac,
  swapBytes,
} from 'vfio-pmd/net';

const [address = 'emu:a', ip = '10.77.0.2'] = process.argv.slice(2);
const port = await openPort(address);
const [rx] = port.rx;
const [tx] = port.tx;
const { bytes } = port.pool;
const ownMac = mac.parse(port.mac);
const ownIp = ipv4.parseAddress(ip);
const layers = new Layers(); // where the headers of a frame are: made once, and read into for each

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
console.log(`${port.address} answers for ${ip} as ${port.mac}`);

/** Turns an ARP request for our address into its answer, where it lies. */
function answerArp({ l3At, end }: Layers): boolean {
  const isAsked =
    arp.messageLength(bytes, l3At, end) > 0 &&
    arp.operation(bytes, l3At) === arp.Operation.request &&
    arp.targetIp(bytes, l3At) === ownIp;
  if (isAsked) arp.answer(bytes, l3At, ownMac);
  return isAsked;
}

/** Turns a ping for our address into its answer. Fragments are not put together. */
function answerPing({ l3At, l4At, protocol, fragment }: Layers): boolean {
  const isPing =
    protocol === IpProtocol.icmp &&
    fragment === Fragment.none &&
    icmp.type(bytes, l4At) === icmp.Type.echoRequest &&
    ipv4.destination(bytes, l3At) === ownIp;
  if (!isPing) return false;
  // The IP header's checksum does not mind two addresses changing places; the message's is updated.
  swapBytes(bytes, l3At + ipv4.sourceOffset, l3At + ipv4.destinationOffset, 4);
  icmp.answerEcho(bytes, l4At);
  return true;
}

/** Whether frame `i` has become an answer, which goes back to where the question came from. Its tags, if any, stay. */
function answer(burst: Burst, i: number): boolean {
  const at = burst.position(i);
  if (!layers.read(bytes, at, at + burst.lengths[i]!)) return false;
  const { etherType } = layers;
  const isAnswer =
    etherType === EtherType.arp ? answerArp(layers) : etherType === EtherType.ipv4 && answerPing(layers);
  if (!isAnswer) return false;
  ethernet.swapAddresses(bytes, at);
  ethernet.setSource(bytes, at, ownMac);
  return true;
}

for await (const burst of rx.bursts({ signal: stop.signal })) {
  burst.filter(answer); // releases all others
  tx.send(burst);
}

await port.close();
console.log(`stopped after ${port.stats().txPackets} answers`);
