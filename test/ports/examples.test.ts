import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Child, packageRoot, runScript } from '../cli/support/child.ts';
import { assemble } from '../programs/support/assembly.ts';
import { compiled } from '../support/compiled.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { inDirectory } from './support/commands.ts';
import { command, type Host, type Network } from './support/network.ts';
import { checksumErrors, serving } from './support/servers.ts';

const seconds = scaled('seconds of each kind of traffic', 5, { long: 60 });

/** Runs an example until `use` has ended; returns what it said. */
async function withExample(name: string, args: string[], use: () => Promise<void>): Promise<string> {
  compiled('src/index.ts');
  const child: Child = runScript(`examples/${name}.ts`, args);
  await Promise.race([child.line('stdout', /: (ready|routing)$/), child.finished]);
  try {
    await use();
  } finally {
    child.process.kill('SIGINT');
  }
  const { code, stdout, stderr } = await child.finished;
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

async function iperf(client: Host, server: string, ...options: string[]) {
  const [program, rest] = client.within(
    ...['iperf3', '--client', server, '--json', '--time', `${seconds}`, ...options],
  );
  const run = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(run.stdout), once(run, 'close')]);
  const { end, error } = JSON.parse(output) as {
    end: { sum_received?: { bytes: number }; sum?: { bytes: number; lost_percent: number } };
    error?: string;
  };
  assert.equal(error, undefined);
  return end;
}

/** Ping, TCP both ways, UDP and HTTP between two hosts, with no wrong checksum. */
async function passesEverything(client: Host, server: Host, address: string): Promise<void> {
  const children: ChildProcess[] = [];
  try {
    children.push(await serving(server, /Server listening/, 'iperf3', '--server', '--forceflush'));
    children.push(await serving(server, /Serving HTTP/, 'python3', '-u', '-m', 'http.server', '8080'));
    const before = [client, server].map(checksumErrors);
    assert.equal(client.ping(address, 100).length, 100);
    for (const options of [[], ['--reverse']]) {
      const { sum_received: received } = await iperf(client, address, ...options);
      assert.ok(received!.bytes > 100_000, `${received!.bytes} bytes of TCP`);
    }
    const { sum } = await iperf(client, address, '--udp', '--bandwidth', '5M', '--length', '1400');
    assert.ok(sum!.bytes > 0 && sum!.lost_percent < 100, 'datagrams arrive');
    const page = client.run('curl', '-sS', '--max-time', '60', `http://${address}:8080/package.json`);
    assert.equal(page, command('cat', 'package.json'));
    assert.deepEqual([client, server].map(checksumErrors), before);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')));
  }
}

/** Two hosts in networks of their own, whose gateway is `.1`. */
async function twoNetworks(network: Network): Promise<[Host, string, Host, string]> {
  const [client, near] = await network.host('10.0.1.2/24');
  const [server, otherNear] = await network.host('10.0.2.2/24');
  client.ip('route', 'add', 'default', 'via', '10.0.1.1');
  return [client, near, server, otherNear];
}

const over = (body: (network: Network, directory: string) => Promise<void>) =>
  inDirectory(async (network, directory) => await body(network, directory), limitMs(300 + 5 * seconds));

describe('examples, between kernels', () => {
  it(
    'switch.ts passes ping, TCP, UDP and HTTP between four hosts, and learns where they are',
    over(async (network) => {
      const all = await Promise.all([1, 2, 3, 4].map((n) => network.host(`10.0.1.${n}/24`)));
      const ports = all.map(([, near]) => `packet:${near}`);
      const hosts = all.map(([host]) => host);
      const said = await withExample('switch', ports, async () => {
        await passesEverything(hosts[0]!, hosts[3]!, '10.0.1.4');
        for (const host of hosts) host.ping('10.0.1.2', 3);
      });
      assert.match(said, /, from 4 stations$/m);
    }),
  );

  it(
    'router.ts passes ping, TCP, UDP and HTTP between networks, by a program in WebAssembly',
    over(async (network, directory) => {
      const [client, near, server, otherNear] = await twoNetworks(network);
      server.ip('route', 'add', 'default', 'via', '10.0.2.1');
      const file = join(directory, 'router.wasm');
      writeFileSync(file, await assemble({ file: 'examples/assembly/router.ts' }));
      const places = [`packet:${near}=10.0.1.1/24`, `packet:${otherNear}=10.0.2.1/24`];
      const said = await withExample('router', [file, ...places], async () => {
        await passesEverything(client, server, '10.0.2.2');
        assert.match(client.run('ping', '-c', '1', '10.0.2.2'), / ttl=63 /);
        assert.match(client.run('ping', '-c', '1', '10.0.1.1'), / ttl=64 /);
      });
      assert.match(said, /with 2 neighbours$/m);
    }),
  );

  it(
    'nat.ts passes ping, TCP, UDP and HTTP from behind one address',
    over(async (network) => {
      const [client, near, server, otherNear] = await twoNetworks(network);
      const places = [`packet:${near}=10.0.1.1`, `packet:${otherNear}=10.0.2.1,10.0.2.2`];
      const said = await withExample('nat', places, async () => {
        await passesEverything(client, server, '10.0.2.2');
        // The server has no route to the client's network, and has seen the outer address alone.
        assert.doesNotMatch(server.run('ip', 'neigh'), /10\.0\.1\./);
      });
      assert.match(said, /with \d+ flows$/m);
    }),
  );

  it(
    'firewall.ts passes what its filter and its list allow, and nothing else',
    over(async (network) => {
      const [client, near, far] = await network.host('10.0.1.2/24');
      const [server, otherNear] = await network.host('10.0.1.3/24');
      client.ip('addr', 'add', '10.0.1.4/24', 'dev', far);
      const web = await serving(server, /Serving HTTP/, 'python3', '-u', '-m', 'http.server', '8080');
      const args = [`packet:${near}`, `packet:${otherNear}`, 'arp or icmp or tcp port 8080', '10.0.1.2'];
      try {
        const said = await withExample('firewall', args, async () => {
          client.ping('10.0.1.3', 5);
          const page = client.run('curl', '-sS', '--max-time', '60', 'http://10.0.1.3:8080/package.json');
          assert.equal(page, command('cat', 'package.json'));
          assert.throws(
            () => client.run('ping', '-I', '10.0.1.4', '-c', '2', '-W', '1', '10.0.1.3'),
            /100% packet loss|failed/,
          );
          assert.throws(
            () => client.run('curl', '-sS', '--max-time', '2', 'http://10.0.1.3:8081/'),
            /failed/,
          );
        });
        assert.match(said, /of which [1-9]\d* were denied$/m);
      } finally {
        web.kill('SIGKILL');
      }
    }),
  );

  it(
    'balancer.ts gives each flow to one of two servers',
    over(async (network) => {
      const [client, near] = await network.host('10.0.1.2/24');
      const servers = await Promise.all([1, 2].map(() => network.host('10.0.1.3/24')));
      // Both are the same to the client: one address, one MAC address.
      for (const [host, , far] of servers) host.ip('link', 'set', far, 'address', '02:00:00:00:00:33');
      const ports = [near, ...servers.map(([, end]) => end)].map((name) => `packet:${name}`);
      const webs = await Promise.all(
        servers.map(([host]) => serving(host, /Serving HTTP/, 'python3', '-u', '-m', 'http.server', '8080')),
      );
      try {
        const said = await withExample('balancer', ports, async () => {
          for (let flow = 0; flow < 20; flow++) {
            const page = client.run('curl', '-sS', '--max-time', '60', 'http://10.0.1.3:8080/package.json');
            assert.equal(page, command('cat', 'package.json'));
          }
        });
        assert.match(said, /: [1-9]\d*, [1-9]\d* to the back ends$/m);
      } finally {
        for (const web of webs) web.kill('SIGKILL');
      }
    }),
  );

  it(
    'udp-echo.ts echoes datagrams of a kernel',
    over(async (network) => {
      const [client, near] = await network.host('10.77.0.1/24');
      const said = await withExample('udp-echo', [`packet:${near}`, '10.77.0.2', '7'], async () => {
        const program = `
          const socket = require('dgram').createSocket('udp4');
          let left = 100;
          const send = () => socket.send('datagram ' + left, 7, '10.77.0.2');
          socket.on('message', (m) => { if (String(m) !== 'datagram ' + left) process.exit(1); if (--left === 0) process.exit(0); send(); });
          send();`;
        client.run('timeout', '100', process.execPath, '-e', program);
        assert.equal(client.ping('10.77.0.2', 5).length, 5);
      });
      assert.match(said, /^stopped after 100 datagrams$/m);
    }),
  );

  it(
    'dns.ts answers a resolver',
    over(async (network) => {
      const [client, near] = await network.host('10.77.0.1/24');
      const args = [`packet:${near}`, '10.77.0.2', 'www.example=10.0.0.1'];
      await withExample('dns', args, async () => {
        const program = `
          const { Resolver } = require('dns').promises;
          const resolver = new Resolver({ timeout: 60000, tries: 1 });
          resolver.setServers(['10.77.0.2']);
          (async () => console.log(await resolver.resolve4('www.example'), await resolver.resolve4('other.example').catch((e) => e.code)))();`;
        assert.equal(client.run(process.execPath, '-e', program), "[ '10.0.0.1' ] ENOTFOUND\n");
      });
    }),
  );

  it(
    'chain.ts passes what both of its programs keep',
    over(async (network, directory) => {
      const dropping = (
        port: number,
      ) => `import { Burst, frameAt, lengthOf, setVerdict, Verdict } from './vfio-pmd';
        function verdict(frame: usize, length: u32): u32 {
          const isPort = length > 38 && load<u16>(frame + 12) == 0x0008 && bswap<u16>(load<u16>(frame + 36)) == ${port};
          return isPort ? Verdict.drop : Verdict.keep;
        }
        export function process(burst: Burst, count: u32): void {
          for (let i: u32 = 0; i < count; i++) setVerdict(burst, i, verdict(frameAt(burst, i), lengthOf(burst, i)));
        }`;
      const [first, second] = [join(directory, 'first.wasm'), join(directory, 'second.wasm')];
      writeFileSync(first, await assemble(dropping(8081)));
      writeFileSync(second, await assemble(dropping(8082), ['--importMemory', '--memoryBase', '65536']));
      const [client, near] = await network.host('10.0.1.2/24');
      const [server, otherNear] = await network.host('10.0.1.3/24');
      const webs = [];
      for (const port of ['8080', '8081', '8082'])
        webs.push(await serving(server, /Serving HTTP/, 'python3', '-u', '-m', 'http.server', port));
      try {
        const said = await withExample(
          'chain',
          [first, second, `packet:${near}`, `packet:${otherNear}`],
          async () => {
            const get = (port: number, limit: string) =>
              client.run('curl', '-sS', '--max-time', limit, `http://10.0.1.3:${port}/package.json`);
            assert.equal(get(8080, '60'), command('cat', 'package.json'));
            for (const port of [8081, 8082]) assert.throws(() => get(port, '2'), /failed/);
          },
        );
        const [all, one, both] = said.match(/\d+(?= packets:| passed)/g)!.map(Number) as [
          number,
          number,
          number,
        ];
        assert.ok(all > one && one > both && both > 0, said);
      } finally {
        for (const web of webs) web.kill('SIGKILL');
      }
    }),
  );

  for (const name of [
    'switch',
    'router',
    'assembly/router',
    'nat',
    'neighbours',
    'serve',
    'firewall',
    'balancer',
    'udp-echo',
    'dns',
    'chain',
  ]) {
    it(`${name}.ts is short enough to read`, () => {
      assert.ok(readFileSync(join(packageRoot, `examples/${name}.ts`), 'utf8').split('\n').length <= 100);
    });
  }
});
