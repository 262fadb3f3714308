import fc from 'fast-check';
import { scaled } from '../support/scale.ts';
import { type Deed, deedNames, Helper, Scene, type Step } from './support/sequence.ts';

// Opening a port is mostly waiting for the PF, in a thread of Node's pool: several sequences go side by side.
const atOnce = 8;
// A new pool costs more than the rest of a sequence: its pages are zeroed.
const perPool = 8;
// Frames move in most steps; what changes the scene does so now and then.
const weights: Partial<Record<Deed, number>> = { open: 6, send: 6, receive: 6, release: 3, fault: 6 };

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(...deedNames.map((name) => ({ arbitrary: fc.constant(name), weight: weights[name] ?? 1 }))),
  port: fc.constantFrom(0 as const, 1 as const, 2 as const),
  number: fc.nat({ max: 0xffff }),
});
const sequence = fc.array(step, { minLength: 3, maxLength: 25 });
const inRow = fc.array(sequence, { minLength: perPool, maxLength: perPool });

/** Plays sequences one after the other, each from its first port to the last buffer. */
async function play(helper: Helper, sequences: Step[][]): Promise<void> {
  const scene = await Scene.make(helper);
  for (const steps of sequences) {
    await scene.step({ what: 'open', port: 0, number: 0 });
    for (const one of steps) await scene.step(one);
    await scene.end();
  }
  await scene.dispose();
}

/** The sequences themselves fill pages, and say less than what went wrong. */
function tell(
  run: Pick<fc.RunDetails<unknown>, 'failed' | 'seed' | 'counterexamplePath' | 'errorInstance'>,
): void {
  if (!run.failed) return;
  throw new Error(`PMD_FAULT_SEED=${run.seed}:${run.counterexamplePath} does it again`, {
    cause: run.errorInstance,
  });
}

describe('any sequence of calls, faults and closes', function () {
  this.timeout(0); // as many as PMD_SCALE asks for; every step has a limit of its own
  const sequences = scaled('sequences of calls, faults and closes', 1_000, { long: 100_000 });
  const numRuns = Math.ceil(sequences / (atOnce * perPool));
  // SEED, or SEED:PATH to begin with the sequences that failed
  const [seed, path] = (process.env['PMD_FAULT_SEED'] ?? `${Date.now() % 2 ** 31}`).split(':');
  let helper: Helper;
  before(() => {
    helper = new Helper();
  });
  after(() => helper.end());

  it('leaves no buffer behind, and ends in time', async () => {
    const begin = performance.now();
    await fc.assert(
      fc.asyncProperty(fc.array(inRow, { minLength: atOnce, maxLength: atOnce }), async (several) => {
        await Promise.all(several.map((sequences) => play(helper, sequences)));
      }),
      { numRuns, seed: Number(seed), ...(path && { path }), endOnFailure: true, reporter: tell },
    );
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    console.log(`      ${numRuns * atOnce * perPool} sequences in ${seconds} s, PMD_FAULT_SEED=${seed}`);
  });
});
