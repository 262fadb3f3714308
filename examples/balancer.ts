// Spreads flows over ports: what comes from the first port leaves by one of the others, the same for all of a flow. Until Ctrl-C.
//
//   npm run build && node --import tsx examples/balancer.ts packet:veth0 packet:veth1 packet:veth2
import { createHeaders, createPool, openPort, Verdict } from 'vfio-pmd';
import { ethernet } from 'vfio-pmd/net';
import { serve } from './serve.ts';

const addresses = process.argv.slice(2);
const pool = await createPool({ buffers: 4096 * addresses.length });
const ports = await Promise.all(addresses.map((address) => openPort(address, { pool })));
const headers = createHeaders();
const counts = addresses.map(() => 0);

const packets = await serve(pool, ports, (burst, i, from, outs) => {
  if (from !== 0) return Verdict.port; // back to where requests come from
  if (i === 0) headers.parse(burst);
  if (ethernet.isMulticast(pool.bytes, burst.position(i))) {
    for (let n = 2; n < outs.length; n++) burst.copy(i, outs[n]!);
    return Verdict.port + 1;
  }
  // The hash is the same in both directions: a back end could be found from its answers, too.
  const to = 1 + (headers.hashes[i]! % (outs.length - 1));
  counts[to]!++;
  return Verdict.port + to;
});
console.log(`stopped after ${packets} packets: ${counts.slice(1).join(', ')} to the back ends`);
