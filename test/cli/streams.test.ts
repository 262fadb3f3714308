import assert from 'node:assert/strict';
import { copyFileSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../../src/results/results.ts';
import { decode } from '../pcap/support/decode.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { makeSamples } from '../report/support/documents.ts';
import { Child, type Finished, pmdBench, pmdBenchArgs, runPmdBench } from './support/child.ts';

const flood = 'emu:a,peer=flood';
const frames = join(import.meta.dirname, '../pcap/corpus/classic-micro-little.pcap');
const path = useDirectory();

/** Runs pmd-bench in a shell's line, where it is `pmd-bench`. */
async function inShell(line: string, stdout?: number): Promise<Finished> {
  const command = [process.execPath, ...pmdBenchArgs([])].map((word) => `'${word}'`).join(' ');
  return await new Child('sh', ['-c', `pmd_bench() { ${command} "$@"; }; ${line}`], {}, stdout).finished;
}

describe('pmd-bench and the standard streams', () => {
  for (const name of ['-', '/dev/stdout', '/proc/self/fd/1']) {
    it(`capture to ${name} writes frames to stdout, and nothing else`, async () => {
      const raw = path('raw.pcapng');
      const { code, stderr } = await inShell(`pmd_bench capture ${flood} ${name} --packets 20 > '${raw}'`);
      assert.equal(code, 0, stderr);
      const { frames, error } = decode(readFileSync(raw));
      assert.deepEqual([frames.length, error], [20, undefined]);
      assert.match(stderr, /note: 20 frames in stdout/);
    });
  }

  it('capture refuses stdout for frames and for a document, before a port is opened', async () => {
    for (const name of ['-', '/dev/stdout']) {
      const { code, stdout, stderr } = await runPmdBench([
        'capture',
        flood,
        name,
        '--packets',
        '2',
        '--json',
      ]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(
        stderr,
        /^error: the capture and --json both write to stdout: use one of them, or two files\n$/,
      );
    }
  });

  it('capture ends without a word when the reader of its frames leaves', async () => {
    const { code, stderr } = await inShell(
      `{ pmd_bench capture ${flood} -; echo "exit code $?" >&2; } | head -c 100 > /dev/null`,
    );
    assert.equal(code, 0);
    assert.match(stderr, /exit code 0/);
    assert.doesNotMatch(stderr, /error/);
  });

  it('replay reads stdin, a pipe or a file, packed or not', async () => {
    for (const line of [
      `cat '${frames}' | pmd_bench replay - ${flood} --flat-out --json`,
      `gzip -c '${frames}' | pmd_bench replay - ${flood} --flat-out --json`,
      `pmd_bench replay - ${flood} --flat-out --loop 2 --json < '${frames}'`,
    ]) {
      const { code, stdout, stderr } = await inShell(line);
      assert.equal(code, 0, stderr);
      assert.ok((JSON.parse(stdout) as Results).ports[0]!.txPackets > 0);
    }
  });

  it('replay says at once that a pipe can not be read twice', async () => {
    for (const [name, loop] of [
      ['-', '2'],
      ['/dev/stdin', '0'],
    ]) {
      const { code, stderr } = await inShell(
        `cat '${frames}' | pmd_bench replay ${name} ${flood} --loop ${loop}`,
      );
      assert.equal(code, 2);
      assert.equal(stderr, `error: --loop needs a file: ${name} can be read once\n`);
    }
  });

  it('report and compare read a result from stdin, once', async () => {
    const { fwd } = await makeSamples();
    writeFileSync(path('fwd.json'), JSON.stringify(fwd.results));
    const page = await inShell(`pmd_bench report - --output - < '${path('fwd.json')}'`);
    assert.match(page.stdout, /^<!doctype html>[\s\S]*<h3>stdin<\/h3>/);
    const table = await inShell(`pmd_bench compare - '${path('fwd.json')}' < '${path('fwd.json')}'`);
    assert.deepEqual([table.code, table.stderr], [0, '']);
    const twice = await inShell(`pmd_bench compare - - < '${path('fwd.json')}'`);
    assert.equal(twice.code, 2);
    assert.match(twice.stderr, /^error: - can't be read: standard input can be read once\n$/);
  });

  it('a name of stdout is stdout for every output', async () => {
    for (const flag of ['--csv=/dev/stdout', '--report=/dev/stdout']) {
      const { code, stdout } = await runPmdBench(['rx', flood, '--packets', '10', flag]);
      assert.equal(code, 0);
      assert.match(
        stdout,
        flag.startsWith('--csv') ? /^row,[^\0]*\ntotal,[^\n]*\n$/ : /^<!doctype[\s\S]*<\/html>\n$/,
      );
    }
  });

  it('help on a full disk is a line, and exit code 1', async () => {
    const { code, stderr } = await inShell('pmd_bench --help > /dev/full');
    assert.equal(code, 1);
    assert.match(stderr, /^error: the result was not written: ENOSPC[^\n]*\n$/);
  });
});

describe('pmd-bench and files that it reads', () => {
  it('writes no page over a result, by any path or link', async () => {
    const { fwd } = await makeSamples();
    const input = path('in.json');
    writeFileSync(input, JSON.stringify(fwd.results));
    symlinkSync(input, path('symbolic.json'));
    linkSync(input, path('hard.json'));
    const before = readFileSync(input, 'utf8');
    for (const output of [input, `${path('.')}/./in.json`, path('symbolic.json'), path('hard.json')]) {
      for (const args of [[input], [path('hard.json'), '--baseline', input]]) {
        const { code, stderr } = await runPmdBench(['report', ...args, '--output', output]);
        assert.equal(code, 2);
        assert.match(stderr, /^error: --output would write over .*, which is read: name another file\n$/);
        assert.equal(readFileSync(input, 'utf8'), before);
      }
    }
  });

  it('writes no result over a capture that it replays, or one that it writes', async () => {
    const file = path('frames.pcap');
    copyFileSync(frames, file);
    const replay = await runPmdBench(['replay', file, flood, `--csv=${file}`]);
    assert.equal(replay.code, 2);
    assert.match(replay.stderr, /--csv would write over/);
    assert.deepEqual(readFileSync(file), readFileSync(frames));
    const capture = await runPmdBench(['capture', flood, path('new.pcap'), `--report=${path('new.pcap')}`]);
    assert.equal(capture.code, 2);
    assert.match(capture.stderr, /the capture and --report both write to/);
  });

  it('tells two outputs that are one file, by any path', async () => {
    const args = [`--csv=${path('same')}`, `--report=${path('.')}/./same`];
    const { code, stderr } = await runPmdBench(['rx', flood, ...args]);
    assert.equal(code, 2);
    assert.match(stderr, /--csv and --report both write to/);
  });
});

describe('signals that end a run', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`${signal} leaves the whole result`, async () => {
      const child = pmdBench(['rx', flood, '--ndjson']);
      await child.line('stdout', /"interval"/);
      child.process.kill(signal);
      const { code, stdout } = await child.finished;
      assert.equal(code, 0);
      const results = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Results;
      assert.equal(results.endedBy, 'signal');
    });
  }
});
