// Sends each datagram for a UDP port back to who sent it, until Ctrl-C.
//
//   npm run build && node --import tsx examples/udp-echo.ts packet:veth0 10.77.0.2 7
import { createPool, openPort, Verdict } from 'vfio-pmd';
import { ethernet, Fragment, IpProtocol, ipv4, Layers, swapBytes, udp } from 'vfio-pmd/net';
import { Neighbours } from './neighbours.ts';
import { serve } from './serve.ts';

const [address = 'emu:a', ip = '10.77.0.2', service = '7'] = process.argv.slice(2);
const pool = await createPool();
const port = await openPort(address, { pool });
const me = new Neighbours(port, ip);
const { bytes } = pool;
const layers = new Layers();
let echoed = 0;

await serve(pool, [port], (burst, i) => {
  const at = burst.position(i);
  if (!layers.read(bytes, at, at + burst.lengths[i]!)) return Verdict.drop;
  if (me.answer(at, layers)) return Verdict.port;
  const { l3At, l4At, protocol, fragment } = layers;
  const isForUs =
    protocol === IpProtocol.udp &&
    fragment === Fragment.none &&
    ipv4.destination(bytes, l3At) === me.ip &&
    udp.destinationPort(bytes, l4At) === Number(service);
  if (!isForUs) return Verdict.drop;
  // Pairs of words change places, so no sum changes: the checksums stay right.
  swapBytes(bytes, l3At + ipv4.sourceOffset, l3At + ipv4.destinationOffset, 4);
  swapBytes(bytes, l4At, l4At + 2, 2);
  ethernet.swapAddresses(bytes, at);
  echoed++;
  return Verdict.port;
});
console.log(`stopped after ${echoed} datagrams`);
