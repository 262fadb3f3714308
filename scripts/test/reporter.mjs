// Mocha's spec reporter, which also tells whoever started it, on descriptor 3, what begins and how it ends: one JSON object per
// line. What was written is there even when the process dies in the next moment. See mocha.mjs.
import { writeSync } from 'node:fs';
import Mocha from 'mocha';

const { constants } = Mocha.Runner;
const tell = (event) => writeSync(3, `${JSON.stringify(event)}\n`);

/** The first lines of a message in one: the whole is in the report. */
const messageOf = (error) => `${error?.message ?? error}`.replaceAll(/\s+/g, ' ').slice(0, 300);

export default class extends Mocha.reporters.Spec {
  #ids = new Map();
  #heard = new WeakSet();
  /** From before its `beforeEach` hooks to before its `afterEach` hooks. */
  #test;

  constructor(runner, options) {
    super(runner, options);
    runner.on(constants.EVENT_HOOK_BEGIN, (hook) => this.#begin(hook));
    runner.on(constants.EVENT_HOOK_END, () => this.#goOn());
    runner.on(constants.EVENT_TEST_BEGIN, (test) => {
      this.#test = test;
      this.#begin(test);
    });
    runner.on(constants.EVENT_TEST_END, () => {
      this.#test = undefined;
      this.#goOn();
    });
    runner.on(constants.EVENT_TEST_PASS, (test) => this.#end(test, 'passed'));
    runner.on(constants.EVENT_TEST_FAIL, (runnable, error) =>
      this.#end(runnable, 'failed', messageOf(error)),
    );
    runner.on(constants.EVENT_TEST_PENDING, (test) => this.#end(test, 'skipped'));
    runner.once(constants.EVENT_RUN_END, () => tell({ event: 'done' }));
  }

  /** After a hook the test itself may follow, of whose beginning mocha says nothing more. */
  #goOn() {
    if (this.#test === undefined) tell({ event: 'pause' });
    else this.#begin(this.#test);
  }

  #begin(runnable) {
    const file = runnable.file ?? runnable.ctx?.currentTest?.file;
    tell({ event: 'begin', file, title: runnable.fullTitle(), limitMs: runnable.timeout() });
    if (this.#heard.has(runnable)) return; // a root hook begins with every test
    this.#heard.add(runnable);
    // A test may set its limit at its beginning.
    const timeout = runnable.timeout.bind(runnable);
    runnable.timeout = (...ms) => {
      if (ms.length > 0) tell({ event: 'limit', limitMs: ms[0] });
      return timeout(...ms);
    };
  }

  /** A test that has passed may be found afterwards to have left something behind: then it has failed. */
  #end(runnable, outcome, message) {
    const id = this.#ids.get(runnable) ?? this.#ids.size;
    this.#ids.set(runnable, id);
    tell({ event: 'end', id, outcome, title: runnable.fullTitle(), message });
  }
}
