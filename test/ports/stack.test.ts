import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { untilSeen } from '../support/until.ts';
import { command, type Host, isWatched, networked } from './support/network.ts';

/** Forwards between two interfaces with pmd-bench while `body` runs; returns its result. */
async function forwarding(ends: string[], body: () => Promise<void>): Promise<{ ports: unknown[] }> {
  const args = [
    '--import',
    'tsx',
    'src/cli/main.ts',
    'fwd',
    ...ends.map((end) => `packet:${end}`),
    '--mode',
    'io',
    '--json',
  ];
  const forwarder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [result, said] = ['', ''];
  forwarder.stdout.on('data', (chunk: Buffer) => {
    result += chunk.toString();
  });
  forwarder.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(forwarder, 'exit');
  try {
    // The forwarder is promiscuous sockets' work: it is there when they are.
    await untilSeen('the forwarder to begin', () => ends.every(isWatched) || forwarder.exitCode !== null);
    await body();
  } finally {
    forwarder.kill('SIGINT');
    await ended;
  }
  assert.equal(forwarder.exitCode, 0, said);
  return JSON.parse(result) as { ports: unknown[] };
}

/** What the kernel of a host has counted of wrong checksums. */
function checksumErrors(host: Host): Record<string, number> {
  const lines = host.run('nstat', '-az').split('\n');
  const wrong = lines.filter((line) => /CsumErr|InCsumErrors|InErrs/i.test(line));
  assert.ok(wrong.length >= 3, lines.join('\n'));
  return Object.fromEntries(
    wrong.map((line) => line.split(/ +/).slice(0, 2)).map(([name, n]) => [name!, Number(n)]),
  );
}

async function started(host: Host, pattern: RegExp, ...args: string[]): Promise<ChildProcess> {
  const [program, rest] = host.within(...args);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  await untilSeen(`${args[0]} to begin`, () => pattern.test(said) || child.exitCode !== null);
  return child;
}

const seconds = scaled('seconds of TCP', 3, { long: 60 });

for (const offloads of ['on', 'off']) {
  describe(`TCP of two kernels through a forwarder over packet: ports, offloads ${offloads}`, () => {
    it(
      'goes through without a checksum error',
      networked(async function (network) {
        this.timeout(limitMs(300));
        const [client, near, far] = await network.host('10.78.0.1/24');
        const [server, otherNear, otherFar] = await network.host('10.78.0.2/24');
        if (offloads === 'off') {
          for (const [host, name] of [
            [client, far],
            [server, otherFar],
          ] as const) {
            host.run('ethtool', '-K', name, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off');
          }
        }
        const iperf = await started(server, /Server listening/, 'iperf3', '--server', '--forceflush');
        const web = await started(server, /Serving HTTP/, 'python3', '-u', '-m', 'http.server', '8080');
        try {
          const before = [client, server].map(checksumErrors);
          await forwarding([near, otherNear], async () => {
            for (const reverse of [[], ['--reverse']]) {
              const [program, rest] = client.within(
                ...['iperf3', '--client', '10.78.0.2', '--json', '--time', `${seconds}`, ...reverse],
              );
              const run = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
              let output = '';
              run.stdout.on('data', (chunk: Buffer) => {
                output += chunk.toString();
              });
              await once(run, 'close');
              const { end } = JSON.parse(output) as { end: { sum_received: { bytes: number } } };
              assert.ok(end.sum_received.bytes > 1_000_000, `${end.sum_received.bytes} bytes`);
              console.log(`      ${(end.sum_received.bytes / seconds / 1e6).toFixed(0)} MB/s`);
            }
            const page = client.run('curl', '-sS', '--max-time', '60', 'http://10.78.0.2:8080/package.json');
            assert.equal(page, command('cat', 'package.json'));
          });
          assert.deepEqual([client, server].map(checksumErrors), before);
        } finally {
          for (const child of [iperf, web]) child.kill('SIGKILL');
          await Promise.all([iperf, web].map((child) => child.exitCode ?? once(child, 'exit')));
        }
      }),
    );
  });
}
