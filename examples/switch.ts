// A learning switch: passes frames between two ports or more, until Ctrl-C.
//
//   npm run build && node --import tsx examples/switch.ts packet:veth0 packet:veth1 packet:veth2 packet:veth3
import { createPool, openPort, Verdict } from 'vfio-pmd';
import { ethernet, mac } from 'vfio-pmd/net';
import { serve } from './serve.ts';

const addresses = process.argv.slice(2);
const pool = await createPool({ buffers: 4096 * addresses.length });
const ports = await Promise.all(addresses.map((address) => openPort(address, { pool })));
const { bytes } = pool;

/** The port behind which each MAC address is. */
const stations = new Map<number, number>();
/** An address as one number. */
const key = (at: number) => (mac.high(bytes, at) >>> 0) * 2 ** 32 + (mac.low(bytes, at) >>> 0);

const packets = await serve(pool, ports, (burst, i, from, outs) => {
  const at = burst.position(i);
  if (!ethernet.isMulticast(bytes, at + 6)) stations.set(key(at + 6), from);
  const to = ethernet.isMulticast(bytes, at) ? undefined : stations.get(key(at));
  if (to !== undefined) return to === from ? Verdict.drop : Verdict.port + to;
  const last = from === outs.length - 1 ? from - 1 : outs.length - 1;
  for (let n = 0; n < last; n++) if (n !== from) burst.copy(i, outs[n]!);
  return Verdict.port + last;
});
console.log(`stopped after ${packets} packets, from ${stations.size} stations`);
