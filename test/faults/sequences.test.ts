import fc from 'fast-check';
import { scaled } from '../support/scale.ts';
import { type Deed, deedNames, Helper, Scene, type Step } from './support/sequence.ts';

// Opening a port is mostly waiting for the PF: several sequences go side by side. Node's pool has four threads.
const atOnce = 8;
// Frames move in most steps; what changes the scene does so now and then.
const weights: Partial<Record<Deed, number>> = { open: 6, send: 6, receive: 6, release: 3, fault: 6 };

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(...deedNames.map((name) => ({ arbitrary: fc.constant(name), weight: weights[name] ?? 1 }))),
  port: fc.constantFrom(0 as const, 1 as const, 2 as const),
  number: fc.nat({ max: 0xffff }),
});
const sequence = fc.array(step, { minLength: 3, maxLength: 25 });

/** Plays one sequence from its first port to the last buffer. */
async function play(helper: Helper, steps: Step[]): Promise<void> {
  const scene = await Scene.make(helper);
  await scene.step({ what: 'open', port: 0, number: 0 });
  for (const one of steps) await scene.step(one);
  await scene.end();
}

describe('any sequence of calls, faults and closes', function () {
  this.timeout(0); // as many as PMD_SCALE asks for; every step has a limit of its own
  const sequences = scaled('sequences of calls, faults and closes', 1_000, 100_000);
  const seed = Number(process.env['PMD_FAULT_SEED'] ?? Date.now() % 2 ** 31);
  let helper: Helper;
  before(() => {
    helper = new Helper();
  });
  after(() => helper.end());

  it('leaves no buffer behind, and ends in time', async () => {
    const begin = performance.now();
    await fc.assert(
      fc.asyncProperty(fc.array(sequence, { minLength: atOnce, maxLength: atOnce }), async (several) => {
        await Promise.all(several.map((steps) => play(helper, steps)));
      }),
      { numRuns: Math.ceil(sequences / atOnce), seed, endOnFailure: true },
    );
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    console.log(`      ${sequences} sequences in ${seconds} s, PMD_FAULT_SEED=${seed}`);
  });
});
