import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { alignColumns, wrapLine } from '../../src/cli/table.ts';
import { decimal, group, mega } from '../../src/results/figures.ts';
import { Child, pmdBenchArgs } from './support/child.ts';

const rows = [
  ['port', '', 'packets', 'Mpps'],
  ['emu:a,peer=flood,size=60-1514', 'RX', '91 684 043', '30.556'],
  ['', 'TX', '7', '0.000'],
];

describe('tables', () => {
  it('have two spaces between columns, the first to the left', () => {
    assert.deepEqual(alignColumns(rows), [
      'port                                  packets    Mpps',
      'emu:a,peer=flood,size=60-1514  RX  91 684 043  30.556',
      '                               TX           7   0.000',
    ]);
  });

  it('have their first column shortened on a terminal without room', () => {
    assert.deepEqual(alignColumns(rows, { width: 40 }), [
      'port                     packets    Mpps',
      'emu:a,peer=floo…  RX  91 684 043  30.556',
      '                  TX           7   0.000',
    ]);
  });

  it('become blocks of lines on one that is narrower still', () => {
    assert.deepEqual(alignColumns(rows, { width: 25, paintHead: (text) => `<${text}>` }), [
      '<emu:a,peer=flood,size=60-1514>',
      '           RX',
      '  packets  91 684 043',
      '  Mpps     30.556',
      '           TX',
      '  packets  7',
      '  Mpps     0.000',
    ]);
  });

  it('are never wider than the terminal while they are tables', () => {
    fc.assert(
      fc.property(fc.integer({ min: 33, max: 80 }), (width) => {
        for (const line of alignColumns(rows, { width })) assert.ok(line.length <= width, line);
      }),
    );
  });
});

describe('long lines', () => {
  it('are broken between words, none lost, and fit', () => {
    const text = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(text, fc.integer({ min: 14, max: 60 }), (words, width) => {
        const lines = wrapLine(words.join(' '), width);
        for (const line of lines) assert.ok(line.length <= width, line);
        assert.deepEqual(
          lines.flatMap((line) => line.trim().split(' ')),
          words,
        );
      }),
    );
  });
});

describe('figures in long lines', () => {
  it('stay in one piece, with their units', () => {
    const unit = fc.constantFrom('s', 'ms', 'µs', 'Mpps', 'cycles', '%', 'frames');
    const figure = fc.double({ min: 0, max: 1e9, noNaN: true });
    const part = fc.tuple(figure, unit).map(([value, name]) => `${decimal(value, 1)} ${name},`);
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 25, max: 60 }),
        (parts, width) => {
          const lines = wrapLine(parts.join(' '), width);
          for (const line of lines) assert.ok(line.length <= width, line);
          for (const whole of parts)
            assert.ok(
              lines.some((line) => line.includes(whole)),
              whole,
            );
        },
      ),
    );
  });

  it('have their digits in groups of three before the point, and none after it', () => {
    const expected = [
      [decimal(999.9999, 4), '999.9999'],
      [decimal(1000, 0), '1 000'],
      [decimal(1234567.8912345, 5), '1 234 567.89123'],
      [decimal(-12345.6, 1), '-12 345.6'],
      [group(1_000_000), '1 000 000'],
      [mega(1.488e6), '1.488'],
      [mega(1e9 * 1e6), '1 000 000 000.000'],
    ];
    for (const [shown, right] of expected) assert.equal(shown, right);
  });
});

/** Runs pmd-bench on a terminal of so many columns, and returns all that it shows there: a flood at full speed has figures too wide for a table. */
async function onTerminal(columns: number, env: Record<string, string>): Promise<string> {
  const program = [process.execPath, ...pmdBenchArgs(['rx', 'emu:a,peer=flood,rate=1k', '--duration', '3s'])];
  const command = `stty cols ${columns}; ${program.map((part) => `"${part}"`).join(' ')}`;
  const { code, stdout, stderr } = await new Child('script', ['-qec', command, '/dev/null'], env).finished;
  assert.equal(code, 0, stderr);
  return stdout;
}

describe('pmd-bench on a terminal', () => {
  it('redraws its line, and shows a table in colour that fits', async () => {
    const shown = await onTerminal(50, { TERM: 'xterm-256color' });
    // Which second it is, the machine decides.
    assert.match(shown.replaceAll('\u001b[2K', '<erase>'), /\r<erase> [1-9]\.\d s {2}emu:a rx [\d.]+ Mpps/);
    assert.ok(shown.includes('\u001b[1mport '));
    const bare = stripVTControlCharacters(shown);
    for (const line of bare.split(/[\r\n]+/)) assert.ok(line.length <= 50, line);
    assert.match(bare, /emu:a,[a-z=]+… {2}RX /);
  });

  it('has no colours with NO_COLOR', async () => {
    const shown = await onTerminal(80, { TERM: 'xterm-256color', NO_COLOR: '1' });
    assert.match(stripVTControlCharacters(shown), /\rport +packets/);
    assert.ok(!shown.includes('\u001b[1m'));
  });
});
