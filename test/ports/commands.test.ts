import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Results } from '../../src/results/results.ts';
import { framesOf, inDirectory, interrupted, results, started, watches } from './support/commands.ts';
import { firstOf } from './support/network.ts';

describe('pmd-bench over packet: ports', () => {
  it(
    'measures latency, loss and throughput',
    inDirectory(async (network) => {
      const [left, right] = (await network.cable()).map((name) => `packet:${name}`) as [string, string];
      const { details: timed } = await results('latency', left, right, '--rate', '1k', '--packets', '500');
      const { sent, received, lost: missing } = timed.latency!;
      assert.ok(sent > 100 && missing === 0 && received === sent, `${received} of ${sent}`);
      const sizes = ['--frame-sizes', '64,1518'];
      const { details: lost } = await results(
        'loss',
        left,
        right,
        ...sizes,
        '--rates',
        '1k',
        '--trial',
        '200ms',
      );
      // What was to leave and did not in time counts as lost, too: that is up to the host.
      for (const { trials } of lost.loss!) for (const each of trials) assert.equal(each.received, each.sent);
      const { details: found } = await results(
        ...['throughput', left, right, ...sizes, '--max-rate', '20k', '--trial', '100ms', '--sum', '300ms'],
      );
      for (const { trials } of found.throughput!) assert.ok(trials.some((trial) => trial.received > 0));
    }),
  );

  it(
    'forwards what tx sends, and rx counts',
    inDirectory(async (network) => {
      const [a, b] = await network.cable();
      const [c, d] = await network.cable();
      const end = ['--packets', '2000', '--rx-ring', '4096'];
      const forwarder = await started(watches(b), 'fwd', `packet:${b}`, `packet:${c}`, ...end);
      const receiver = await started(watches(d), 'rx', `packet:${d},promiscuous`, ...end);
      const sent = await results('tx', `packet:${a}`, '--packets', '2000', '--rate', '10k');
      assert.equal(sent.ports[0]!.txPackets, 2000);
      const forwarded = await forwarder.finished;
      assert.equal(forwarded.code, 0, forwarded.stderr);
      const received = await receiver.finished;
      assert.equal(received.code, 0, received.stderr);
      assert.equal((JSON.parse(received.stdout) as Results).ports[0]!.rxPackets, 2000);
    }),
  );

  it(
    'captures what replay sends',
    inDirectory(async (network, directory) => {
      const [left, right] = await network.cable();
      const [first, second] = [join(directory, 'first.pcapng'), join(directory, 'second.pcapng')];
      await results('capture', 'emu:c,peer=flood,size=60-1514,rate=100k', first, '--packets', '500');
      const capture = await started(watches(right), 'capture', `packet:${right},promiscuous`, second);
      const replayed = await results('replay', first, `packet:${left}`, '--pps', '5k');
      assert.equal(replayed.ports[0]!.txPackets, 500);
      await interrupted(capture);
      assert.deepEqual(framesOf(second), framesOf(first));
    }),
  );

  it(
    'answers a kernel that pings it, over IPv4 and IPv6',
    inDirectory(async (network) => {
      const [host, near, far] = await network.host('10.79.0.1/24');
      host.ip('addr', 'add', 'fd00::1/64', 'dev', far, 'nodad');
      const echo = await started(
        watches(near),
        'echo',
        `packet:${near}`,
        '--ip',
        '10.79.0.2',
        '--ip',
        'fd00::2',
      );
      for (const to of ['10.79.0.2', 'fd00::2']) assert.deepEqual(host.ping(to, 20), firstOf(20));
      await interrupted(echo);
    }),
  );
});
