import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { type Ended, run } from '../support/child.ts';
import { compiled } from '../support/compiled.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';

interface Ending {
  code?: number;
  signal?: NodeJS.Signals;
  stderr?: RegExp;
}

/** How a program can end, and what its end must look like although it uses ports. */
const endings: Record<string, Ending> = {
  return: { code: 0 },
  exit: { code: 5 },
  'exit-later': { code: 6 },
  throw: { code: 1, stderr: /thrown by the program/ },
  reject: { code: 1, stderr: /rejected by the program/ },
  SIGINT: { signal: 'SIGINT' },
  SIGTERM: { signal: 'SIGTERM' },
  SIGKILL: { signal: 'SIGKILL' },
  handled: { code: 8 },
  'worker-exit': { code: 9 },
  'worker-throw': { code: 1, stderr: /thrown by a worker/ },
  'worker-terminate': { code: 10 },
  'worker-left': { code: 11 },
};
const holdings = [
  'ports',
  'frames',
  'sends',
  'iterator',
  'wait',
  'closing',
  'opening',
  'recovering',
] as const;
/** These keep the event loop alive, so a program that just returns does not end. */
const lasting = new Set(['iterator', 'wait']);
/** What a worker does is the same whatever the main thread holds, but for these. */
const withWorkers = new Set(['ports', 'sends', 'frames', 'recovering']);

// Under ASan the long run does it ten times (see scripts/test.mjs), and then once without.
const long = process.env['ASAN_OPTIONS'] === undefined ? 1 : 10;
const rounds = scaled('rounds of each end of a program', 1, { long });

describe('a program that ends', function () {
  this.timeout(limitMs(300 * rounds));
  let dist: string;
  before(() => {
    dist = dirname(compiled('src/index.ts'));
  });
  for (const [ending, expected] of Object.entries(endings)) {
    const wanted = holdings.filter(
      (holding) =>
        !(ending === 'return' && lasting.has(holding)) &&
        !(ending.startsWith('worker') && !withWorkers.has(holding)),
    );
    it(`by ${ending}, with ${wanted.join(', ')}`, async () => {
      for (let round = 0; round < rounds; round++) {
        const outcomes = await Promise.all(
          wanted.map((holding) => run('ending-program.mjs', dist, ending, holding)),
        );
        for (const [i, outcome] of outcomes.entries()) check(outcome, expected, wanted[i]!);
      }
    });
  }
});

function check({ code, signal, stderr }: Ended, expected: Ending, holding: string): void {
  const what = `${holding}: ${stderr}`;
  assert.deepEqual({ code, signal }, { code: expected.code ?? null, signal: expected.signal ?? null }, what);
  if (expected.stderr) assert.match(stderr, expected.stderr, what);
  else assert.equal(stderr, '', what);
  assert.doesNotMatch(stderr, /FATAL|Aborted|Assertion|terminate called|Sanitizer|napi_/, what);
}

describe('a port at process.exit()', () => {
  it('is closed in order: exit listeners that come later find it so, and what it counted', async () => {
    const { code, stdout, stderr } = await run('exit-program.ts');
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 4, stdout: 'ERR_PMD_CLOSED\nclosed true 0 17 true\n', stderr: '' },
    );
  });
});

describe('a program that iterates', () => {
  it('ends when the iteration was aborted', async () => {
    const { code, signal, stderr } = await run('abort-program.ts');
    assert.deepEqual({ code, signal, stderr }, { code: 3, signal: null, stderr: '' });
  });

  for (const way of ['returned', 'unref', 'unref while it sleeps', 'unref, flooded']) {
    it(`ends when the iteration was ${way}`, async () => {
      const { code, signal, stderr } = await run('iteration-program.ts', way);
      assert.deepEqual({ code, signal, stderr }, { code: 3, signal: null, stderr: '' });
    });
  }
});
