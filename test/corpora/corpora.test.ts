import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { differenceOf, readOurs, readTheirs } from '../pcap/support/agreement.ts';
import { needTools } from '../pcap/support/tools.ts';
import { limitMs } from '../support/limits.ts';
import { skip } from '../support/skip.ts';
import { capturesOf } from './support/source-packages.ts';

/** Debian's source packages with captures among their tests, and how many of them at least. */
const corpora: Record<string, number> = { tcpdump: 600, wireshark: 70, ndpi: 200 };

describe('captures of public corpora', () => {
  before(function () {
    needTools(this, 'tshark', 'apt-get', 'tar');
  });

  for (const [name, least] of Object.entries(corpora)) {
    it(`of ${name} are read as tshark reads them, or refused where it refuses`, async function () {
      this.timeout(limitMs(3600));
      const files = await capturesOf(name).catch((error: Error) => skip(this, error.message));
      assert.ok(files.length >= least, `${files.length} captures`);
      const found = await compareAll(files);
      console.log(`      ${files.length} captures, ${found.frames} frames, ${found.refused} with a fault`);
      assert.deepEqual(found.differences, []);
    });
  }
});

/** Several at a time, because tshark takes a second to start. */
async function compareAll(files: readonly string[]) {
  const found = { frames: 0, refused: 0, differences: [] as string[] };
  const left = [...files];
  const one = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const ours = await readOurs(file);
      const difference = await differenceOf(file, ours, await readTheirs(file));
      found.frames += ours.frames.size;
      if (ours.fault !== undefined) found.refused++;
      if (difference !== undefined) found.differences.push(`${relative('.', file)}: ${difference}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, one));
  return found;
}
