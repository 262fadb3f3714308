import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { interrupted, started, waits, watches } from './support/commands.ts';
import { command, type Host, type Network, networked } from './support/network.ts';
import { checksumErrors, serving } from './support/servers.ts';

const seconds = scaled('seconds of TCP', 3, { long: 60 });
const addresses = ['10.78.0.1/24', '10.78.0.2/24'] as const;

/** Two hosts and a forwarder between them: how they come to be connected. */
interface Wiring {
  hosts: [client: Host, server: Host];
  /** The interface of each host. */
  names: string[];
  ports: string[];
  begun: typeof waits;
  /** Once the ports are open. */
  connect: () => void;
}

const wirings: Record<string, (network: Network) => Promise<Wiring>> = {
  async packet(network) {
    const [client, near, far] = await network.host(addresses[0]);
    const [server, otherNear, otherFar] = await network.host(addresses[1]);
    return {
      hosts: [client, server],
      names: [far, otherFar],
      ports: [`packet:${near}`, `packet:${otherNear}`],
      begun: watches(near, otherNear),
      connect: () => undefined,
    };
  },
  async tap(network) {
    const hosts: Wiring['hosts'] = [await network.bareHost(), await network.bareHost()];
    const names = [network.tap(), network.tap()];
    return {
      hosts,
      names,
      ports: names.map((name) => `tap:${name}`),
      begun: waits,
      connect: () => {
        for (const [i, host] of hosts.entries()) host.plug(names[i]!, addresses[i]!);
      },
    };
  },
};

/** Sends with TCP from one host to the other, or the other way round; returns how many bytes arrived. */
async function iperf(client: Host, ...options: string[]): Promise<number> {
  const [program, rest] = client.within(
    ...['iperf3', '--client', '10.78.0.2', '--json', '--time', `${seconds}`, ...options],
  );
  const run = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(run.stdout), once(run, 'close')]);
  const { end } = JSON.parse(output) as { end: { sum_received: { bytes: number } } };
  return end.sum_received.bytes;
}

for (const [kind, wire] of Object.entries(wirings)) {
  for (const offloads of ['on', 'off']) {
    describe(`TCP of two kernels through a forwarder over ${kind}: ports, offloads ${offloads}`, () => {
      it(
        'goes through without a checksum error',
        networked(async function (network) {
          this.timeout(limitMs(300));
          const { hosts, names, ports, begun, connect } = await wire(network);
          const [client, server] = hosts;
          const iperfServer = await serving(server, /Server listening/, 'iperf3', '--server', '--forceflush');
          const web = await serving(server, /Serving HTTP/, 'python3', '-u', '-m', 'http.server', '8080');
          try {
            const before = hosts.map(checksumErrors);
            const forwarder = await started(begun, 'fwd', ...ports, '--mode', 'io');
            try {
              connect();
              if (offloads === 'off') {
                for (const [i, host] of hosts.entries()) {
                  host.run('ethtool', '-K', names[i]!, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off');
                }
              }
              for (const options of [[], ['--reverse']]) {
                const bytes = await iperf(client, ...options);
                assert.ok(bytes > 1_000_000, `${bytes} bytes`);
                console.log(`      ${(bytes / seconds / 1e6).toFixed(0)} MB/s`);
              }
              const page = client.run(
                'curl',
                '-sS',
                '--max-time',
                '60',
                'http://10.78.0.2:8080/package.json',
              );
              assert.equal(page, command('cat', 'package.json'));
            } finally {
              await interrupted(forwarder);
            }
            assert.deepEqual(hosts.map(checksumErrors), before);
          } finally {
            for (const child of [iperfServer, web]) child.kill('SIGKILL');
            await Promise.all([iperfServer, web].map((child) => child.exitCode ?? once(child, 'exit')));
          }
        }),
      );
    });
  }
}
