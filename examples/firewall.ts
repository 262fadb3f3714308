// Lets pass what a filter of tcpdump's language matches, of hosts on a list, and the answers to it; until Ctrl-C.
//
//   npm run build && node --import tsx examples/firewall.ts packet:veth0 packet:veth1 'arp or icmp or tcp port 8080' 10.0.1.2 10.0.1.3
// The first port is the inner one. ARP passes for everybody.
import { createFilter, createHeaders, createPool, openPort, Verdict } from 'vfio-pmd';
import { EtherType, ipv4 } from 'vfio-pmd/net';
import { serve } from './serve.ts';

const [inner = '', outer = '', expression = '', ...hosts] = process.argv.slice(2);
const pool = await createPool({ buffers: 8192 });
const ports = [await openPort(inner, { pool }), await openPort(outer, { pool })];
const filter = createFilter(expression);
const allowed = new Set(hosts.map((host) => ipv4.parseAddress(host)));
const headers = createHeaders();
const matches = new Uint32Array(1); // a bit for each frame
let denied = 0;

const packets = await serve(pool, ports, (burst, i, from) => {
  if (i === 0) {
    // Once for the burst: each is one native call.
    headers.parse(burst);
    filter.match(burst, matches);
  }
  const host = (from === 0 ? headers.sources : headers.destinations)[4 * i]!;
  const isAllowed = headers.etherTypes[i] === EtherType.arp || allowed.has(host);
  if (isAllowed && (matches[0]! >>> i) & 1) return Verdict.port + 1 - from;
  denied++;
  return Verdict.drop;
});
console.log(`stopped after ${packets} packets, of which ${denied} were denied`);
