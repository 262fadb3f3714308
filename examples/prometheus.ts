// Serves the figures of a port and its pool to Prometheus, beside the loop that receives, until Ctrl-C.
//
//   npm run build && node --import tsx examples/prometheus.ts emu:a,peer=flood 9465 &
//   curl http://127.0.0.1:9465/metrics
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Metric, openPort } from 'vfio-pmd';

/** Prometheus's text format has the help and the type of a name once, before its values. */
function render(metrics: Metric[]): string {
  const lines: string[] = [];
  for (const name of new Set(metrics.map((metric) => metric.name))) {
    const values = metrics.filter((metric) => metric.name === name);
    lines.push(`# HELP ${name} ${values[0]?.help}`, `# TYPE ${name} ${values[0]?.type}`);
    for (const { labels, value } of values) {
      const quoted = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
      lines.push(`${name}{${quoted.join(',')}} ${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const port = await openPort(process.argv[2] ?? 'emu:a,peer=flood');
const server = createServer((_, response) => {
  response.setHeader('Content-Type', 'text/plain; version=0.0.4');
  response.end(render([...port.metrics(), ...port.pool.metrics()]));
});
server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
});

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
let packets = 0;
// The event loop turns after each 200 µs of bursts, so the server answers under any load.
for await (const burst of port.rx[0].bursts({ signal: stop.signal })) packets += burst.count;

server.close();
await port.close();
console.log(`stopped after ${packets} packets`);
