import assert from 'node:assert/strict';
import type { PortRate } from '../../src/results/port-rate.ts';
import type { Results } from '../../src/results/results.ts';
import { scaled } from '../support/scale.ts';
import { skip } from '../support/skip.ts';
import { runPmdBench } from './support/child.ts';

interface Run {
  document: Results;
  rate: PortRate;
  /** What the tool said of a rate that it could not hold. */
  shortfall: string | undefined;
}

async function runAtRate(address: string, ...args: string[]): Promise<Run> {
  const { code, stdout, stderr } = await runPmdBench(['tx', address, ...args, '--json']);
  assert.equal(code, 0, stderr);
  const document = JSON.parse(stdout) as Results;
  const [rate] = document.details['rate'] as PortRate[];
  const shortfall = document.notices.find(({ text }) => text.includes('were not sent in time'))?.text;
  return { document, rate: rate!, shortfall };
}

/** What must hold of any run, whether the host kept up or not. */
function checkBooks({ document, rate, shortfall }: Run): void {
  const [port] = document.ports;
  assert.equal(rate.sent, port!.txPackets);
  assert.equal(rate.received, rate.sent, "the far end's own count");
  assert.equal(rate.received, port!.counters.bus['peerReceived'] ?? port!.counters.bus['wireDelivered']);
  assert.ok(rate.intended >= rate.offered && rate.offered >= rate.sent);
  assert.equal(rate.deviationNanoseconds.samples, rate.sent);
  assert.ok(rate.deviationNanoseconds.p99! >= rate.deviationNanoseconds.p50!);
  // Never more than was asked for, whatever had to be made up for.
  assert.ok(rate.intended <= rate.intendedPps * document.durationSeconds + 1);
  if (rate.sent < rate.intended * 0.998)
    assert.ok(shortfall !== undefined, 'it says so when it does not hold');
}

// The emulated device is a thread of a shared host: what waits for it must have a place to wait.
const deepRing = ['--tx-ring', '4096'];

describe('pmd-bench tx --rate', () => {
  for (const [rate, pps, seconds] of [
    ['100k', 100_000, scaled('seconds of 100k frames each', 3, { long: 10 })],
    ['1M', 1_000_000, 3],
  ] as const) {
    it(`holds ${rate} within 0.1 % over ${seconds} s, by the far end's count, or says that it does not`, async function () {
      const run = await runAtRate(
        'emu:a,peer=flood,rate=1',
        '--rate',
        rate,
        '--duration',
        `${seconds}s`,
        ...deepRing,
      );
      checkBooks(run);
      assert.equal(run.rate.intendedPps, pps);
      const { rate: books, document } = run;
      // Its beginning and end take what the host gives to other work just then.
      const dueSeconds = books.intended / pps;
      const edges = document.durationSeconds - dueSeconds;
      const excuse = edges > 0.001 * dueSeconds ? `beginning and end took ${edges} s` : run.shortfall;
      if (excuse !== undefined) {
        skip(this, excuse);
      }
      const receivedPps = books.received! / dueSeconds;
      assert.ok(Math.abs(receivedPps / pps - 1) <= 0.001, `${receivedPps} of ${pps} pps`);
    });
  }

  it('holds bits per second of a mix of sizes, counted as on the wire', async function () {
    const run = await runAtRate(
      'emu:a,peer=flood,rate=1',
      '--rate',
      '200Mbit',
      '--size',
      '64-1518',
      '--duration',
      '2s',
    );
    checkBooks(run);
    if (run.shortfall !== undefined) {
      skip(this, run.shortfall);
    }
    const { txBytes, txPackets } = run.document.ports[0]!;
    const bitsPerSecond = ((txBytes + 24 * txPackets) * 8) / run.document.durationSeconds;
    assert.ok(Math.abs(bitsPerSecond / 200e6 - 1) < 0.01, `${bitsPerSecond}`);
  });

  it('says that a wire does not take what was asked for', async () => {
    const run = await runAtRate('emu:a,rate=10k', '--rate', '50k', '--duration', '1s', '--tx-ring', '64');
    const { rate, document, shortfall } = run;
    assert.match(
      shortfall!,
      /^emu:a,rate=10k: [\d ]+ of [\d ]+ frames .*the device did not keep up, its TX ring was/,
    );
    assert.ok(rate.sent < rate.intended / 2);
    // Nobody is at the far end, so the wire delivers none.
    assert.equal(rate.received, 0);
    assert.ok(document.ports[0]!.txPackets === rate.sent);
  });

  it('shows what was intended, offered, sent and received, and how late frames left', async () => {
    const { stdout } = await runPmdBench(['tx', 'emu:a,peer=flood', '--rate', '1%', '--packets', '500']);
    assert.match(
      stdout,
      /\nemu:a: intended 500 at 0\.015 Mpps, offered 500, sent 500, received 500; 99 % left at most [\d. ]+ µs late\n/,
    );
  });
});
