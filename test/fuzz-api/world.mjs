import { setImmediate as turn } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { Random } from './random.mjs';
import { Mischief } from './values.mjs';
import { changeOf } from './witness.mjs';

/** Things of each kind that are held at once: what is replaced is garbage, perhaps while it is in use. */
const most = {
  pools: 5,
  ports: 4,
  bursts: 12,
  headers: 3,
  filters: 3,
  rx: 6,
  tx: 6,
  iterations: 4,
  moved: 6,
  workers: 2,
};
/** How deep calls may go that are made while another is under way. */
const depthLimit = 2;
/** zlib throws where nobody can catch it when the memory that it reads has been moved away, and never ends its job. */
const zlibGaveUp = /^RangeError: input buffer is out of bounds\n.*processCallback/;
const lengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length').get;

/** What a run of random calls has in hand, and what it holds against the library. */
export class World {
  constructor(library, operations, { dist, isHonest, tokens, tell }) {
    this.library = library;
    this.dist = dist;
    this.operations = operations;
    /** Nothing is written to bursts that was not there: then no frame may be lost. */
    this.isHonest = isHonest;
    this.tokens = tokens;
    /** Says what begins, for when it does not end. */
    this.tell = tell;
    this.held = Object.fromEntries(Object.keys(most).map((kind) => [kind, []]));
    /** What has not settled yet, and the name of its call. */
    this.pending = new Map();
    this.faults = [];
    this.calls = 0;
    this.effects = {};
    this.names = 0;
    this.depth = 0;
    this.depthLimit = depthLimit;
    this.abort = new AbortController();
    this.witnesses = [];
    this.jobs = new Set();
  }

  keep(kind, thing, random) {
    const list = this.held[kind];
    if (list.length < most[kind]) list.push(thing);
    else list[random.below(list.length)] = thing;
    return thing;
  }

  any(kind, random) {
    const list = this.held[kind];
    return list.length === 0 ? undefined : random.pick(list);
  }

  freshName() {
    return `emu:api-${process.pid}-${threadId}-${this.names++}`;
  }

  /** Makes one call. What it throws, or rejects with later, must be an error that the library means. */
  call({ name, seed }) {
    this.calls++;
    this.tell(`${name} ${seed}, call ${this.calls}`);
    this.depth++;
    try {
      const random = new Random(seed);
      const result = this.operations[name].call(this, random, this.actOf(random));
      if (typeof result?.then === 'function') this.#await(name, result);
    } catch (error) {
      this.judge(error, name);
    } finally {
      this.depth--;
    }
  }

  /** Does something else in the midst of a call. */
  actOf(random) {
    return () => {
      if (this.depth > depthLimit) return;
      if (random.oneIn(10)) throw new Mischief('it was looked at');
      const name = random.pick(Object.keys(this.operations));
      this.call({ name, seed: random.word() });
    };
  }

  /** Something has come of the calls: the run says how much. */
  note(what, count = 1) {
    if (count > 0) this.effects[what] = (this.effects[what] ?? 0) + count;
  }

  #await(name, result) {
    const settled = result
      .then(undefined, (error) => this.judge(error, name))
      .finally(() => this.pending.delete(settled));
    this.pending.set(settled, name);
  }

  judge(error, name) {
    const { PmdError } = this.library;
    if (error instanceof Mischief) return;
    if (error instanceof PmdError && error.code !== 'ERR_PMD_INTERNAL' && error.hint) return;
    this.fault(`${name}: ${error?.stack ?? String(error)}`);
  }

  /** Judges what nobody catches. */
  judgeUncaught(error, name) {
    if (zlibGaveUp.test(error?.stack)) for (const abandon of this.jobs) abandon();
    else this.judge(error, name);
  }

  /** Waits for a job of Node's, however it ends, and even if it doesn't. */
  untilAbandoned(job) {
    return new Promise((resolve) => {
      const end = () => {
        this.jobs.delete(end);
        resolve();
      };
      this.jobs.add(end);
      job.then(end, end);
    });
  }

  fault(text) {
    if (this.faults.length < 10) this.faults.push(text);
  }

  /** A frame is as long as what was appended: another thread may have changed it, unless nothing is ever changed. */
  checkAppended(burst, frame) {
    const [length, actual] = [burst.lengths[burst.count - 1], lengthOf.call(frame)];
    if (this.isHonest && length !== actual) this.fault(`${actual} bytes were appended as ${length}`);
  }

  /** Nobody has changed what nobody uses. Their frames go back to the pool. */
  checkWitnesses() {
    for (const witness of this.witnesses.splice(0)) {
      const change = changeOf(witness);
      if (change !== undefined) this.fault(change);
      this.#attempt(() => witness.burst.release());
    }
  }

  /** Ends everything, and looks for what was lost. */
  async end() {
    this.tell('the end');
    this.abort.abort();
    for (const worker of this.held.workers) await worker.terminate();
    this.#touchMoved();
    for (const iteration of this.held.iterations) iteration.return().catch(() => {});
    await this.#settle();
    this.checkWitnesses();
    for (const burst of this.held.bursts) this.#attempt(() => burst.release());
    for (const port of this.held.ports) await port.close();
    await this.#settle();
    for (const kind of Object.keys(most)) if (kind !== 'pools') this.held[kind] = [];
    for (let round = 0; round < 3; round++) {
      globalThis.gc?.();
      await turn();
    }
    for (const pool of this.held.pools) if (!pool.closed) this.#checkPool(pool);
  }

  /** Memory that was moved here outlives whoever made it. */
  #touchMoved() {
    for (const bytes of this.held.moved)
      for (let at = 0; at < bytes.length; at += 4096) bytes[at] = this.isHonest ? bytes[at] : 1;
  }

  async #settle() {
    while (this.pending.size > 0) await Promise.all(this.pending.keys());
  }

  #attempt(call) {
    try {
      call();
    } catch (error) {
      this.judge(error, 'the end');
    }
  }

  /** Frames of ports that were dropped and not closed, and of bursts that others hold, stay where they are. */
  #checkPool(pool) {
    for (const problem of problemsOf(pool)) this.fault(problem);
  }
}

/** What is wrong with a pool's account of its buffers: those that are free can be allocated, each once. */
export function problemsOf(pool) {
  const { free, rxRings, txRings, application } = pool.usage();
  const problems = [];
  if (free + rxRings + txRings + application !== pool.buffers)
    problems.push(
      `of ${pool.buffers} buffers ${free} + ${rxRings} + ${txRings} + ${application} are told of`,
    );
  const seen = new Set();
  const bursts = [];
  for (;;) {
    const burst = pool.createBurst(1024);
    const got = burst.allocate();
    bursts.push(burst);
    for (let i = 0; i < got; i++) seen.add(burst.indices[i]);
    if (got < 1024) break;
  }
  const allocated = bursts.reduce((all, burst) => all + burst.count, 0);
  if (seen.size !== allocated) problems.push(`${allocated - seen.size} buffers were handed out twice`);
  const after = pool.usage();
  if (after.free !== 0) problems.push(`${after.free} free buffers could not be allocated`);
  if (after.application - application !== allocated)
    problems.push(`${allocated} buffers were allocated, and ${after.application - application} are told of`);
  for (const burst of bursts) burst.release();
  return problems;
}
