import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { useDirectory } from '../pcap/support/directory.ts';
import { makeSamples } from '../report/support/documents.ts';
import { runPmdBench } from './support/child.ts';

const flood = 'emu:a,peer=flood';
// Sets the terminal's title, colours in two ways, and turns the text around.
const hostile = '\u001b]0;owned\u0007\u001b[31m\u009b7mx\u202ey';
const control = /[^\P{Cc}\t\n]|\p{Bidi_Control}/u;
const path = useDirectory();

describe('text that others wrote', () => {
  before(async () => {
    mkdirSync(path(hostile));
    const results = structuredClone((await makeSamples()).fwd.results);
    results.environment.cpu = hostile;
    results.options['mode'] = hostile;
    writeFileSync(path(`${hostile}/a.json`), JSON.stringify(results));
    writeFileSync(path(`${hostile}/b.json`), JSON.stringify({ ...results, command: hostile }));
    results.environment.cpu = 'another';
    writeFileSync(path(`${hostile}/c.json`), JSON.stringify(results));
    writeFileSync(path(`${hostile}/text`), hostile);
  });

  const file = (name: string) => path(`${hostile}/${name}`);
  const runs: [name: string, args: () => string[]][] = [
    ['an unknown command', () => [hostile]],
    ['an unknown option', () => ['rx', `--${hostile}`]],
    ['a value of an option', () => ['rx', flood, '--duration', hostile]],
    ['an address', () => ['rx', `emu:${hostile}`]],
    ['a capture that is none', () => ['replay', file('text'), flood]],
    ['a capture that is missing', () => ['replay', file('none'), flood]],
    ['a capture that is written', () => ['capture', flood, file('c.pcapng'), '--packets', '5']],
    ['its document', () => ['capture', flood, file('c.pcapng'), '--packets', '5', '--json']],
    ['its lines', () => ['capture', flood, file('c.pcapng'), '--packets', '5', '--ndjson']],
    ['a script', () => ['fwd', flood, '--script', file('none.ts')]],
    ['a result that is none', () => ['report', file('text'), '--output', '-']],
    ['a page', () => ['report', file('a.json'), file('b.json'), '--output', '-', '--title', hostile]],
    ['a comparison', () => ['compare', file('a.json'), file('c.json')]],
    ['its document', () => ['compare', file('a.json'), file('c.json'), '--json']],
    ['one that can not be', () => ['compare', file('a.json'), file('b.json')]],
    ['an output that can not be written', () => ['rx', flood, `--csv=${file('no/where')}`]],
    ['a directory of the lab', () => ['lab', 'run', '--qemu', file('qemu'), '--', 'true']],
  ];
  for (const [name, args] of runs) {
    it(`has nothing that a terminal obeys: ${name}`, async () => {
      const { stdout, stderr } = await runPmdBench(args());
      assert.ok(stdout + stderr !== '');
      assert.doesNotMatch(stdout, control);
      assert.doesNotMatch(stderr, control);
    });
  }

  it('is the same in a document as it was', async () => {
    const { stdout } = await runPmdBench(['capture', flood, file('d.pcapng'), '--packets', '5', '--json']);
    assert.equal(JSON.parse(stdout).options.file, file('d.pcapng'));
  });
});
