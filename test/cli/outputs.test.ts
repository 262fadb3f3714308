import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Interval, Results } from '../../src/results/results.ts';
import { pmdBench, runPmdBench } from './support/child.ts';
import { assertResults, assertValid, validatorOf } from './support/schema.ts';

const flood = 'emu:a,peer=flood,size=60-200';
let directory = '';
const path = (name: string) => join(directory, name);

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmd-outputs-'));
});
after(() => rmSync(directory, { recursive: true }));

/** Rows of RFC 4180 by the names of the first one. */
function parseCsv(text: string): Record<string, string>[] {
  assert.ok(text.endsWith('\r\n'));
  const [head, ...rows] = text
    .trimEnd()
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
      ),
    );
  return rows.map((row) => Object.fromEntries(head!.map((name, i) => [name, row[i]!])));
}

describe('pmd-bench --ndjson', () => {
  it('writes a line for each interval and notice while it runs, and the document at the end', async () => {
    const child = pmdBench(['rx', flood, 'emu:quiet', '--ndjson']);
    await child.line('stdout', /"interval"/);
    child.process.kill('SIGINT');
    const { code, stdout, stderr } = await child.finished;
    assert.equal(code, 0, stderr);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const document = lines.pop() as Results;
    assertResults(document);
    const isLine = validatorOf('pmd-bench-1.json', 'ResultLine');
    for (const line of lines) assertValid(isLine, line);
    const intervals = lines.flatMap(({ interval }: { interval?: Interval }) => interval ?? []);
    assert.deepEqual(intervals, document.intervals);
    assert.equal(lines.length, document.intervals.length + document.notices.length);
    assert.equal(stderr, document.notices.map(({ text }) => `note: ${text}\n`).join(''));
  });
});

describe('pmd-bench --csv', () => {
  it('writes rows that are the document, into a file, and the table beside', async () => {
    const csv = path('a.csv');
    const { code, stdout } = await runPmdBench(['rx', flood, '--duration', '1200ms', `--csv=${csv}`]);
    assert.equal(code, 0);
    assert.match(stdout, /^port +packets/);
    const rows = parseCsv(readFileSync(csv, 'utf8'));
    const [total] = rows.filter(({ row }) => row === 'total');
    const intervals = rows.filter(({ row }) => row === 'interval');
    assert.equal(total!['address'], flood);
    assert.equal(total!['rxMissed'], '0');
    for (const field of ['rxPackets', 'rxBytes', 'txPackets']) {
      const sum = intervals.reduce((sum, row) => sum + Number(row[field]), 0);
      assert.equal(sum, Number(total![field]), field);
    }
    assert.match(stdout.replaceAll(' ', ''), new RegExp(total!['rxPackets']!));
  });

  it('writes nothing else to stdout', async () => {
    const { code, stdout, stderr } = await runPmdBench(['rx', flood, '--packets', '100', '--csv']);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.deepEqual(
      parseCsv(stdout).map(({ row }) => row),
      ['interval', 'total'],
    );
  });
});

describe('pmd-bench latency --hgrm', () => {
  it("writes the document's distribution", async () => {
    const file = path('a.hgrm');
    const args = ['latency', 'emu:h', 'emu:h', '--duration', '300ms', '--json', '--hgrm', file];
    const { code, stdout } = await runPmdBench(args);
    assert.equal(code, 0);
    const { latencyNanoseconds: latency } = JSON.parse(stdout) as Results;
    const text = readFileSync(file, 'utf8');
    const [, count] = /Total count += +(\d+)\]/.exec(text)!;
    assert.equal(Number(count), latency!.samples);
    const [, max] = /#\[Max += +([\d.]+),/.exec(text)!;
    assert.equal(Number(max) * 1000, latency!.max);
    const rows = [...text.matchAll(/^ +([\d.]+) ([\d.]+) +(\d+)/gm)];
    const median = rows.find(([, , percentile]) => percentile === '0.500000000000');
    assert.equal(Number(median![1]) * 1000, latency!.p50);
    assert.ok(rows.length > 10);
  });
});

describe('outputs that exclude each other, or have no place', () => {
  const mistakes: { args: string[]; code: 1 | 2; says: RegExp }[] = [
    { args: ['--json', '--ndjson'], code: 2, says: /--json and --ndjson both write to stdout/ },
    { args: ['--json', '--csv'], code: 2, says: /--json and --csv both write to stdout/ },
    { args: ['--ndjson', '--csv=-'], code: 2, says: /--ndjson and --csv both write to stdout/ },
    { args: ['--csv', 'emu:b'], code: 2, says: /That is a port: write --csv=FILE/ },
    { args: ['--csv', '/nowhere/a.csv'], code: 1, says: /\/nowhere\/a.csv can't be written: ENOENT/ },
    { args: ['--csv', '/'], code: 1, says: /\/ can't be written: EISDIR/ },
  ];
  for (const { args, code, says } of mistakes) {
    it(`${args.join(' ')}: one line, and ${code}`, async () => {
      const finished = await runPmdBench(['rx', flood, ...args]);
      assert.match(finished.stderr, says);
      assert.match(finished.stderr, /^error: [^\n]+\n$/);
      assert.equal(finished.stdout, '');
      assert.equal(finished.code, code);
    });
  }

  it('two files of one name are refused, and the file is left alone', async () => {
    writeFileSync(path('kept'), 'kept');
    const { code, stderr } = await runPmdBench([
      'latency',
      'emu:h',
      'emu:h',
      '--csv',
      path('kept'),
      '--hgrm',
      path('kept'),
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /--csv and --hgrm both write to .*kept/);
    assert.equal(readFileSync(path('kept'), 'utf8'), 'kept');
  });

  it('a run that does not begin leaves no file behind, and old ones as they were', async () => {
    writeFileSync(path('old.csv'), 'kept');
    for (const name of ['old.csv', 'new.csv'])
      assert.equal((await runPmdBench(['rx', '0000:ff:1f.7', '--csv', path(name)])).code, 1);
    assert.equal(readFileSync(path('old.csv'), 'utf8'), 'kept');
    assert.ok(!existsSync(path('new.csv')));
  });

  it('a full disk costs that output alone', async () => {
    const args = ['rx', flood, '--packets', '100', '--json', '--csv', '/dev/full'];
    const { code, stdout, stderr } = await runPmdBench(args);
    assert.equal(code, 1);
    assert.match(stderr, /^error: \/dev\/full was not written: ENOSPC[^\n]+\n$/);
    assert.equal((JSON.parse(stdout) as Results).ports[0]!.rxPackets, 100);
  });
});
