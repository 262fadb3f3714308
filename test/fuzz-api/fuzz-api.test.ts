import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiled } from '../support/compiled.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { minimise } from './minimise.mjs';
import { programOf, runProgram } from './program.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'test/fuzz-api/main.mjs');
const start = ['createPool', 'openPort', 'createBurst'];

/** Faults that the library once had: what stands in its compiled modules now, and what stood there. */
const plants = [
  {
    fault: 'a length that an array claims to have',
    calls: ['append', 'release'],
    module: 'core/burst-fill.js',
    now: 'const length = bytesIn(data);',
    before: 'const length = data.length;',
  },
  {
    fault: 'a count that is more than the capacity',
    calls: ['allocate', 'forgeBurst', 'lookAtFrames'],
    module: 'core/burst.js',
    now: 'return count > this.capacity ? this.capacity : count;',
    before: 'return count;',
  },
  {
    fault: 'a queue that is made of nothing',
    calls: ['construct'],
    module: 'core/check.js',
    now: 'if (key !== internal)',
    before: 'if (false)',
  },
  {
    fault: 'a signal that only inherits from one',
    calls: ['iterate', 'iterateOn'],
    module: 'core/check.js',
    now: 'isAbortedSignal.call(value);',
    before: 'if (value === null) throw value;',
  },
];

/** The compiled library with one of its faults back, beside the addon that it loads. */
function plant({ module, now, before }: (typeof plants)[number]): { directory: string; dist: string } {
  const path = join(compiled('src/index.ts'), '..', module);
  const text = readFileSync(path, 'utf8');
  assert.ok(text.includes(now), `${module} has no ${now}`);
  const directory = join(root, 'build-fuzz/planted', `${process.pid}`);
  mkdirSync(directory, { recursive: true });
  cpSync(join(compiled('src/index.ts'), '..'), join(directory, 'dist'), { recursive: true });
  symlinkSync(join(root, 'build'), join(directory, 'build'));
  writeFileSync(join(directory, 'dist', module), text.replace(now, before));
  return { directory, dist: join(directory, 'dist/index.js') };
}

describe('The random calls of the API', () => {
  it('are the same for the same seed', () => {
    assert.deepEqual(programOf(7, start, 100), programOf(7, start, 100));
    assert.notDeepEqual(programOf(7, start, 100).calls, programOf(8, start, 100).calls);
  });

  it('are made fewer as long as they fail', async () => {
    let asked = 0;
    const left = await minimise(
      Array.from({ length: 500 }, (_, i) => i),
      async (calls: number[]) => ++asked > 0 && calls.includes(3) && calls.includes(450),
    );
    assert.deepEqual(left, [3, 450]);
    assert.ok(asked < 100);
  });

  it('find nothing in the library as it is', function () {
    this.timeout(limitMs(600));
    const seconds = scaled('seconds of random calls', 5, { long: 60 });
    const { status, stdout } = spawnSync(process.execPath, [main, `--seconds=${seconds}`, '--calls=1000'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
  });

  for (const planted of plants) {
    it(`find ${planted.fault}`, async function () {
      this.timeout(limitMs(600));
      const { directory, dist } = plant(planted);
      try {
        for (let seed = 1; ; seed++) {
          const names = [...start, ...planted.calls];
          const program = { ...programOf(seed, names, 1000), inWorker: false };
          const options = { node: process.execPath, dist, limitMs: limitMs(120) };
          if ((await runProgram(program, options)).faults.length > 0) break;
          assert.ok(seed < 30, 'nothing was found');
        }
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
});
