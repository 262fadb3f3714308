import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BurstTrial } from '../../src/results/back-to-back-result.ts';
import { type BackToBackConfig, longestLossless, nextLength } from '../../src/trials/back-to-back-search.ts';

/** Makes the trials that the search asks for, of a device that `forwards` so many of a burst. */
function search(config: BackToBackConfig, forwards: (frames: number, trial: number) => number): BurstTrial[] {
  const trials: BurstTrial[] = [];
  for (;;) {
    const frames = nextLength(config, trials);
    if (frames === undefined) return trials;
    assert.ok(frames >= 1 && frames <= config.maxFrames);
    trials.push({ frames, received: forwards(frames, trials.length) });
    assert.ok(trials.length <= config.repeats * 64, 'it ends');
  }
}

const configs = fc.record({
  maxFrames: fc.integer({ min: 1, max: 3_000_000 }),
  width: fc.double({ min: 0, max: 0.5, noNaN: true }),
  repeats: fc.integer({ min: 1, max: 5 }),
});

describe('the search for the longest burst', () => {
  it('finds what a buffer holds, in each of its searches, within the width', () => {
    fc.assert(
      fc.property(configs, fc.nat(4_000_000), (config, buffer) => {
        const trials = search(config, (frames) => Math.min(frames, buffer));
        const found = longestLossless(config, trials);
        assert.equal(found.length, config.repeats);
        for (const longest of found) {
          assert.ok(longest <= buffer);
          if (buffer >= config.maxFrames) assert.equal(longest, config.maxFrames);
          else
            assert.ok(
              buffer - longest <= Math.max(1, config.width * (buffer + 1) * 2),
              `${longest} of ${buffer}`,
            );
        }
        assert.ok(trials.length <= config.repeats * (Math.ceil(Math.log2(config.maxFrames)) + 2));
      }),
    );
  });

  it('ends whatever the device does, also when it duplicates', () => {
    fc.assert(
      fc.property(configs, fc.infiniteStream(fc.constantFrom(-1, 0, 1)), (config, noise) => {
        const trials = search(config, (frames) => frames + (noise.next().value as number));
        const found = longestLossless(config, trials);
        assert.equal(found.length, config.repeats);
        const lossless = new Set(
          trials.filter(({ frames, received }) => frames === received).map(({ frames }) => frames),
        );
        for (const longest of found) assert.ok(longest === 0 || lossless.has(longest));
      }),
    );
  });

  it('has no result for a search that was cut short', () => {
    const config = { maxFrames: 1000, width: 0, repeats: 3 };
    const trials = search(config, (frames) => Math.min(frames, 10));
    for (let kept = 0; kept < trials.length; kept++) {
      const found = longestLossless(config, trials.slice(0, kept));
      assert.ok(found.length < config.repeats);
      for (const longest of found) assert.equal(longest, 10);
    }
  });
});
