import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSamples } from '../report/support/documents.ts';
import { runPmdBench } from './support/child.ts';

describe('pmd-bench report', () => {
  let directory = '';
  const path = (name: string) => join(directory, name);
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pmd-html-'));
    for (const [name, { results }] of Object.entries(await makeSamples()))
      writeFileSync(path(`${name}.json`), JSON.stringify(results));
  });
  after(() => rmSync(directory, { recursive: true }));

  it('writes one page about several results', async () => {
    const output = path('all.html');
    const { code, stdout, stderr } = await runPmdBench([
      'report',
      path('throughput.json'),
      path('latency.json'),
      '--baseline',
      path('throughput.json'),
      '--output',
      output,
    ]);
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
    const page = readFileSync(output, 'utf8');
    assert.match(page, /^<!doctype html>/);
    assert.match(page, /<h1>Throughput and latency<\/h1>/);
    assert.match(page, /throughput \(baseline\)/);
  });

  it('writes to stdout, under the title that it is given', async () => {
    const args = ['report', path('fwd.json'), '--output', '-', '--title', 'Tea & <biscuits>'];
    const { code, stdout } = await runPmdBench(args);
    assert.equal(code, 0);
    assert.match(stdout, /<h1>Tea &amp; &lt;biscuits&gt;<\/h1>[\s\S]*<\/html>\n$/);
  });

  const mistakes: [args: () => string[], code: number, says: RegExp][] = [
    [() => [path('fwd.json')], 2, /required option '--output <file>' not specified/],
    [() => ['--output', path('x.html')], 2, /missing required argument 'file'/],
    [() => [path('all.txt'), '--output', path('x.html')], 2, /all\.txt can't be read: ENOENT/],
    [() => [path('bad.json'), '--output', path('x.html')], 2, /bad\.json is no result of pmd-bench/],
    [
      () => [path('fwd.json'), '--output', '/nowhere/x.html'],
      1,
      /\/nowhere\/x\.html can't be written: ENOENT/,
    ],
    [() => [path('fwd.json'), '--output', '/dev/full'], 1, /\/dev\/full was not written: ENOSPC/],
  ];
  for (const [args, code, says] of mistakes)
    it(`says in a line what is wrong: ${says.source}`, async () => {
      writeFileSync(path('bad.json'), '{}');
      const finished = await runPmdBench(['report', ...args()]);
      assert.match(finished.stderr, says);
      assert.match(finished.stderr, /^error: [^\n]+\n$/);
      assert.equal(finished.code, code);
      assert.ok(!existsSync(path('x.html')));
    });
});

describe('--report', () => {
  it('writes the page of the run beside its table', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pmd-html-'));
    const output = join(directory, 'a.html');
    const { code, stdout } = await runPmdBench([
      'rx',
      'emu:a,peer=flood',
      '--packets',
      '9999',
      '--report',
      output,
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /9 999/);
    const page = readFileSync(output, 'utf8');
    assert.match(page, /<h1>Reception<\/h1>/);
    assert.match(page, /<td>9 999<\/td>/);
    rmSync(directory, { recursive: true });
  });
});
