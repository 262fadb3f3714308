import assert from 'node:assert/strict';
import { useDirectory } from '../pcap/support/directory.ts';
import { limitMs } from '../support/limits.ts';
import { runPmdBench } from './support/child.ts';

const commands = ['fwd', 'tx', 'rx', 'echo', 'latency', 'throughput', 'loss', 'burst', 'capture', 'replay'];
const path = useDirectory();

/** The examples of a command's help that need no hardware, as arguments. Files are those of this test. */
async function examplesOf(command: string): Promise<string[][]> {
  const { stdout } = await runPmdBench([command, '--help']);
  const lines = stdout.match(/^ {2}pmd-bench .*$/gm) ?? [];
  assert.ok(lines.length >= 2, `${command} has examples`);
  return lines
    .filter((line) => !line.includes('0000:'))
    .map((line) => line.trim().split(' ').slice(1))
    .map((args) =>
      args.map((arg) => (/\.(pcap|pcapng|html)$/.test(arg) ? path(arg.replaceAll('/', '_')) : arg)),
    );
}

describe('the examples of --help', () => {
  before('something to replay', async () => {
    const { code } = await runPmdBench([
      'capture',
      'emu:a,peer=flood,rate=1k',
      path('a.pcap'),
      '--packets',
      '100',
    ]);
    assert.equal(code, 0);
  });

  for (const command of commands) {
    it(`of ${command} work`, async function () {
      const examples = await examplesOf(command);
      this.timeout(limitMs(120 * (1 + examples.length)));
      for (const args of examples) {
        // Of the two durations the last one counts.
        const { code, stderr, stdout } = await runPmdBench([...args, '--duration', '500ms']);
        assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
        assert.match(stdout, args.includes('--json') ? /^\{\n/ : /^port +packets/m);
      }
    });
  }
});
