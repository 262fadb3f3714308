import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differenceOf, readOurs, type SeenFrame } from './support/agreement.ts';

const directory = join(import.meta.dirname, 'cases');

/** What tshark saw of each file; see the README there. */
const seen = JSON.parse(readFileSync(join(directory, 'tshark.json'), 'utf8')) as Record<
  string,
  { frames: Record<string, SeenFrame>; fault: string | null }
>;

/** Where libpcap is right and tshark is not: tshark passes over an option whose length is wrong. */
const asLibpcap = new Map([
  ['agree/option-bad-length.pcapng', /byte 46: found 4 bytes for option 9, expected 1/],
]);

describe('capture files by hand', () => {
  for (const [name, { frames, fault }] of Object.entries(seen)) {
    it(`reads ${name} as Wireshark does`, async () => {
      const file = join(directory, name);
      const theirFrames = new Map(Object.entries(frames).map(([number, frame]) => [Number(number), frame]));
      const theirs = { frames: theirFrames, fault: fault ?? undefined };
      const difference = await differenceOf(file, await readOurs(file), theirs);
      const expected = asLibpcap.get(name);
      if (expected === undefined) assert.equal(difference, undefined);
      else assert.match(difference ?? 'no difference', expected);
    });
  }
});
