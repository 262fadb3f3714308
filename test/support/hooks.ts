// Mocha's root hooks. A test that ends, in whatever way, has ended what it started; one that has left something fails, and takes
// no other with it.
import { limitMs } from './limits.ts';
import { Owner, workFor } from './owners.ts';
import { watchAddons, watchProcesses } from './started.ts';

/** Closing a port and the end of a process take no longer. */
const settleSeconds = 60;

/**
 * Ends what the owner has left. What can't be ended would be in the way of all that follows: this process ends then, and those tests go on
 * in another.
 */
async function settle(owner: Owner): Promise<string[]> {
  const limit = setTimeout(() => {
    console.error('what a test has left does not end: ending its process');
    process.kill(process.pid, 'SIGKILL');
  }, limitMs(settleSeconds));
  try {
    return await owner.settle();
  } finally {
    clearTimeout(limit);
  }
}

let suite = new Owner();
let test = new Owner();

function leftBy(who: string, left: readonly string[]): Error {
  return new Error(`${who} has left, and the root hook has ended: ${left.join(', ')}`);
}

/** After its own hooks, the last of which may just have closed what the first have opened. */
function settleAfter(one: Mocha.Suite): void {
  one.afterAll('ends what the suite has left', function (this: Mocha.Context, done: Mocha.Done) {
    this.timeout(0); // see settle()
    settle(suite).then((left) => {
      suite = new Owner();
      workFor(suite);
      done(left.length > 0 ? leftBy(`the suite "${one.title}"`, left) : undefined);
    }, done);
  });
}

watchProcesses();

export const mochaHooks: Mocha.RootHookObject = {
  beforeAll(this: Mocha.Context) {
    watchAddons(); // a hook of a suite may open something
    for (const one of this.test!.parent!.suites) settleAfter(one);
    workFor(suite);
  },

  beforeEach(this: Mocha.Context) {
    watchAddons();
    test = new Owner();
    workFor(test);
  },

  afterEach(this: Mocha.Context, done: Mocha.Done) {
    this.timeout(0); // see settle()
    const { currentTest } = this;
    settle(test).then((left) => {
      workFor(suite);
      // Not an error of this hook, which would end the run. A test that has failed may well have left something.
      if (left.length > 0 && currentTest!.state === 'passed') {
        currentTest!.emit('error', leftBy('the test', left));
      } else if (left.length > 0) console.log(`      ended what the test has left: ${left.join(', ')}`);
      done();
    }, done);
  },
};
