// Jobs of Node's thread pool over packet memory, which may end while they run. What they say does not matter.
import { createHash, randomFill } from 'node:crypto';
import { close, open, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { createContext, Script } from 'node:vm';
import { deflate, inflate } from 'node:zlib';
import { Mischief } from './values.mjs';

const [zero, none] = await Promise.all([
  promisify(open)('/dev/zero', 'r'),
  promisify(open)('/dev/null', 'w'),
]);
process.on('exit', () => {
  close(zero, () => {});
  close(none, () => {});
});

const kinds = [
  (bytes) => promisify(deflate)(bytes),
  (bytes) => promisify(inflate)(bytes),
  (bytes) => promisify(randomFill)(bytes),
  (bytes) => promisify(read)(zero, bytes, 0, bytes.length, null),
  (bytes) => promisify(write)(none, bytes, 0, bytes.length, null),
];

/** Some packet memory: a frame, a buffer, the rest of a pool, moved memory. */
function someMemory(world, random) {
  const burst = world.any('bursts', random);
  switch (random.below(4)) {
    case 0:
      return burst && burst.count > 0 ? burst.frame(random.below(burst.count)) : undefined;
    case 1:
      return burst && burst.count > 0 ? burst.view(random.below(burst.count)) : undefined;
    case 2:
      return world.any('moved', random);
    default: {
      const bytes = world.any('pools', random)?.bytes;
      return bytes && bytes.length > 0 ? bytes.subarray(random.below(bytes.length)) : undefined;
    }
  }
}

/** A program's time is up, and it goes on calling. */
const endless = new Script('for (;;) { try { call(); } catch {} }');
/**
 * Those that make things would make thousands: they have tests of their own. From Node 22 on a script that makes one rejected
 * promise after the other, of whatever function, is not ended by its timeout: see test/support/termination-program.mjs.
 */
const repeated = ['receive', 'send', 'exchange', 'reclaim', 'allocate', 'append', 'release', 'filter'];
repeated.push('createBurst', 'lookAtPort', 'poolUsage', 'lookAtFrames', 'attachQueue', 'detach');

export const jobs = {
  async job(random) {
    const bytes = someMemory(this, random);
    if (!bytes || bytes.length === 0) return;
    const job = random.pick(kinds);
    if (this.isHonest && job !== kinds[0] && job !== kinds[4]) return; // the others write
    await this.untilAbandoned(job(bytes));
    this.note('jobs ended');
  },
  hash(random) {
    const bytes = someMemory(this, random);
    if (bytes && bytes.length > 0) createHash('sha1').update(bytes.subarray(0, 4096)).digest();
  },
  timeout(random) {
    if (!random.oneIn(20)) return;
    const name = random.pick(repeated);
    const { depth } = this;
    this.depth = this.depthLimit; // no call within one: a generator that is ended as it runs never settles
    const call = () => this.call({ name, seed: random.word() });
    try {
      endless.runInContext(createContext({ call }), { timeout: 1 + random.below(4) });
    } catch (error) {
      if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT' && !(error instanceof Mischief)) throw error;
      this.note('scripts ended');
    }
    this.depth = depth; // the calls that were ended did not come back
  },
};
