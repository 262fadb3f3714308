import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Results } from '../../src/results/results.ts';
import { bytes, classicHeader, classicRecord } from '../pcap/support/builder.ts';
import { decode } from '../pcap/support/decode.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { pmdBench, runPmdBench } from './support/child.ts';

// Well past what opening a port takes; soon, at a doorbell for each burst.
const gone = 'fault=gone-ones:400';
const path = useDirectory();

function capture(): string {
  const file = path('frames.pcap');
  writeFileSync(
    file,
    Buffer.concat([classicHeader('little'), ...Array(50).fill(classicRecord('little', bytes(60)))]),
  );
  return file;
}

/** A run of each measuring command, on a port that disappears; `flow` is what has moved before. */
const runs: Record<string, { args: () => string[]; flow: 'rxPackets' | 'txPackets'; at?: number }> = {
  rx: { args: () => [`emu:a,peer=flood,${gone}`], flow: 'rxPackets' },
  tx: { args: () => [`emu:a,peer=flood,${gone}`], flow: 'txPackets' },
  fwd: { args: () => [`emu:a,peer=flood,${gone}`, 'emu:b,peer=flood'], flow: 'rxPackets' },
  echo: { args: () => [`emu:a,peer=flood,${gone}`, '--ip', '10.0.0.1'], flow: 'rxPackets' },
  latency: { args: () => [`emu:a,${gone}`, 'emu:a', '--rate', '20k'], flow: 'txPackets' },
  throughput: { args: () => [`emu:a,${gone}`, 'emu:a', '--max-rate', '50k'], flow: 'txPackets' },
  loss: { args: () => [`emu:a,${gone}`, 'emu:a', '--rates', '50k'], flow: 'txPackets' },
  burst: { args: () => ['emu:a', `emu:a,${gone}`, '--longest', '50ms'], flow: 'rxPackets', at: 1 },
  capture: { args: () => [`emu:a,peer=flood,${gone}`, path('kept.pcapng')], flow: 'rxPackets' },
  replay: {
    args: () => [capture(), `emu:a,peer=flood,${gone}`, '--flat-out', '--loop', '0'],
    flow: 'txPackets',
  },
};

describe('a port that disappears during the run', () => {
  for (const [command, { args, flow, at = 0 }] of Object.entries(runs)) {
    it(`ends ${command} with 1, one line that says what to do, and what was measured until then`, async () => {
      const { code, stdout, stderr } = await runPmdBench([command, ...args(), '--json']);
      const errors = stderr.split('\n').filter((line) => line.startsWith('error:'));
      assert.equal(errors.length, 1, stderr);
      assert.match(
        errors[0]!,
        /^error: emu:a,\S*fault=gone-ones:400: the device was taken away \(listen for 'removal'/,
      );
      assert.doesNotMatch(stderr, /\n {4}at /, 'no stack');
      assert.equal(code, 1);
      const { endedBy, error, ports } = JSON.parse(stdout) as Results;
      assert.deepEqual([endedBy, error?.code], ['error', 'ERR_PMD_REMOVED']);
      assert.ok(ports[at]![flow] > 0);
    });
  }

  it('leaves a capture file with all that was received', async () => {
    const file = path('whole.pcapng');
    const { stdout } = await runPmdBench(['capture', `emu:a,peer=flood,${gone}`, file, '--json']);
    const { ports } = JSON.parse(stdout) as Results;
    const { frames, error } = decode(readFileSync(file));
    assert.equal(error, undefined);
    assert.equal(frames.length, ports[0]!.rxPackets);
  });
});

describe('an output that can not be written', () => {
  for (const command of ['rx', 'latency', 'loss', 'burst', 'echo']) {
    it(`${command}, on a full disk: one line, exit code 1`, async () => {
      const full = openSync('/dev/full', 'w');
      const args: Record<string, string[]> = {
        rx: ['emu:a,peer=flood', '--packets', '100'],
        latency: ['emu:a', 'emu:a', '--packets', '20'],
        loss: ['emu:a', 'emu:a', '--rates', '1k', '--frame-sizes', '64', '--trial', '50ms'],
        burst: ['emu:a', 'emu:a', '--frame-sizes', '64', '--longest', '1ms', '--repeat', '1'],
        echo: ['emu:a', '--ip', '10.0.0.1', '--duration', '50ms'],
      };
      try {
        const { code, stderr } = await pmdBench([command, ...args[command]!, '--json'], {}, full).finished;
        assert.match(stderr, /(^|\n)error: [^\n]*no space left on device[^\n]*\n$/i);
        assert.equal(stderr.match(/error:/g)!.length, 1);
        assert.equal(code, 1);
      } finally {
        closeSync(full);
      }
    });
  }
});
