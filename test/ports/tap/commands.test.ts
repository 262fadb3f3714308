import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Results } from '../../../src/results/results.ts';
import { runPmdBench } from '../../cli/support/child.ts';
import { framesOf, inDirectory, interrupted, results, started, waits, watches } from '../support/commands.ts';
import { firstOf, ip, type Network, quiet } from '../support/network.ts';

/** More than any test sends: a program that does not run for a while loses nothing. */
const queueLength = '4096';

/** Two TAP interfaces, and the kernel's bridge between them. */
function bridged(network: Network): [left: string, right: string] {
  const [bridge, left, right] = [network.tap(), network.tap(), network.tap()];
  ip('link', 'add', bridge, 'type', 'bridge');
  for (const name of [left, right]) {
    ip('tuntap', 'add', name, 'mode', 'tap');
    ip('link', 'set', name, 'txqueuelen', queueLength, 'master', bridge);
  }
  for (const name of [bridge, left, right]) {
    quiet(name);
    ip('link', 'set', name, 'up');
  }
  return [`tap:${left}`, `tap:${right}`];
}

describe('pmd-bench over tap: ports', () => {
  it(
    'measures latency, loss and throughput over a bridge of the kernel',
    inDirectory(async (network) => {
      const [left, right] = bridged(network);
      const { details: timed } = await results('latency', left, right, '--rate', '1k', '--packets', '500');
      const { sent, received, lost: missing } = timed.latency!;
      assert.ok(sent > 100 && missing === 0 && received === sent, `${received} of ${sent}`);
      const sizes = ['--frame-sizes', '64,1518'];
      const trial = ['--rates', '1k', '--trial', '200ms'];
      const { details: lost } = await results('loss', left, right, ...sizes, ...trial);
      // What was to leave and did not in time counts as lost, too: that is up to the host.
      for (const { trials } of lost.loss!) for (const each of trials) assert.equal(each.received, each.sent);
      const { details: found } = await results(
        ...['throughput', left, right, ...sizes, '--max-rate', '20k', '--trial', '100ms', '--sum', '300ms'],
      );
      for (const { trials } of found.throughput!) assert.ok(trials.some((each) => each.received > 0));
    }),
  );

  it(
    'says how to set the interface up when nothing moves',
    inDirectory(async (network) => {
      const name = network.tap();
      const { code, stderr } = await runPmdBench(['rx', `tap:${name}`, '--duration', '2s']);
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`the link is down: is it up \\('ip link set ${name} up'\\)`));
    }),
  );

  it(
    'counts with rx what tx sends over a bridge of the kernel',
    inDirectory(async (network) => {
      const [left, right] = bridged(network);
      const receiver = await started(waits, 'rx', right, '--packets', '2000');
      const sent = await results('tx', left, '--packets', '2000', '--rate', '10k');
      assert.equal(sent.ports[0]!.txPackets, 2000);
      const received = await receiver.finished;
      assert.equal(received.code, 0, received.stderr);
      assert.equal((JSON.parse(received.stdout) as Results).ports[0]!.rxPackets, 2000);
    }),
  );

  it(
    'captures at the kernel what replay sends',
    inDirectory(async (network, directory) => {
      const [, right] = bridged(network);
      const [first, second] = [join(directory, 'first.pcapng'), join(directory, 'second.pcapng')];
      await results('capture', 'emu:c,peer=flood,size=60-1514,rate=100k', first, '--packets', '500');
      const name = right.slice('tap:'.length);
      const watched = `packet:${name},promiscuous`;
      const capture = await started(watches(name), 'capture', watched, second);
      const replayed = await results('replay', first, right, '--pps', '5k');
      assert.equal(replayed.ports[0]!.txPackets, 500);
      await interrupted(capture);
      assert.deepEqual(framesOf(second), framesOf(first));
    }),
  );

  it(
    'answers a kernel that pings it, over IPv4 and IPv6',
    inDirectory(async (network) => {
      const [host, name] = [await network.bareHost(), network.tap()];
      const echo = await started(waits, 'echo', `tap:${name}`, '--ip', '10.79.0.2', '--ip', 'fd00::2');
      host.plug(name, '10.79.0.1/24');
      host.ip('addr', 'add', 'fd00::1/64', 'dev', name, 'nodad');
      for (const to of ['10.79.0.2', 'fd00::2']) assert.deepEqual(host.ping(to, 20), firstOf(20));
      await interrupted(echo);
    }),
  );
});
