import type { Burst, Pool, RxQueue, TxQueue } from '../src/index.ts';
import type { CoreLoop } from './addon.ts';
import type { SectionLoop } from './sections.ts';
import type { Shape, Station } from './station.ts';

// The loops of native/core_loops.cc, in TypeScript, as an application would write them: functions that have what they use in
// locals. Each is written out: V8 compiles a function once for all that it is given, so a loop shared by several kinds of work
// would call them where these are inlined.

const frameBytes = 60;
const headerBytes = 42;
const macWords = new Uint32Array(3);
const macAddresses = new Uint8Array(macWords.buffer);

/** Those that look into headers are in header-loops.ts and column-loops.ts. */
export type TypescriptLoop = Exclude<CoreLoop, 'fields' | 'parse' | 'filter' | `program${string}`>;

export function typescriptLoop(name: TypescriptLoop, station: Station, shape: Shape): SectionLoop {
  const make = makers[name];
  return make(station, shape);
}

type Make = (station: Station, shape: Shape) => SectionLoop;

const makers: Record<TypescriptLoop, Make> = {
  nothing: () => ({ measured() {} }),

  touch: (station, shape) => forwarding(touch, station, shape),
  macs: (station, shape) => forwarding(rewriteMacs, station, shape),
  words: (station, shape) => forwarding(rewriteMacsByWords, station, shape),
  header: (station, shape) => forwarding(readHeader, station, shape),

  exchange(station, shape) {
    const { rx, tx, pool } = station;
    const burst = pool.createBurst(shape.burst);
    const moved = new Tally(shape.burst + shape.frames);
    return {
      prepare() {
        rx.receive(burst);
      },
      measured() {
        moved.count = exchange(station, burst, shape);
      },
      finish() {
        moved.count += tx.send(burst);
        moved.check();
      },
    };
  },

  receive({ rx, pool }, { burst: size, frames }) {
    const all = pool.createBurst(frames);
    return {
      measured() {
        for (let left = frames; left > 0; left -= size) rx.receive(all, size);
      },
      finish: () => releaseAll(all),
    };
  },

  send(station, { burst: size, frames }) {
    const { tx } = station;
    const bursts = station.bursts(frames / size, size);
    return {
      prepare: () => fill(bursts),
      measured() {
        for (let i = 0; i < bursts.length; i++) tx.send(bursts[i]!);
      },
      finish: () => expectEmpty(bursts),
    };
  },

  allocate({ pool }, { burst: size, frames }) {
    const all = pool.createBurst(frames);
    return {
      measured() {
        for (let left = frames; left > 0; left -= size) all.allocate(size);
      },
      finish: () => releaseAll(all),
    };
  },

  release(station, { burst: size, frames }) {
    const bursts = station.bursts(frames / size, size);
    return {
      prepare: () => fill(bursts),
      measured() {
        for (let i = 0; i < bursts.length; i++) bursts[i]!.release();
      },
      finish: () => expectEmpty(bursts),
    };
  },
};

/** Forwards a section's frames through a burst, and returns how many. */
export type Forward = (station: Station, burst: Burst, shape: Shape) => number;

export function forwarding(forward: Forward, station: Station, shape: Shape): SectionLoop {
  const burst = station.pool.createBurst(shape.burst);
  const moved = new Tally(shape.frames);
  return {
    measured() {
      moved.count = forward(station, burst, shape);
    },
    finish: () => moved.check(),
  };
}

const touch: Forward = ({ rx, tx, pool: { bytes } }, burst, { burst: size, frames }) => {
  let sum = 0;
  for (let left = frames; left > 0; left -= size) {
    const count = rx.receive(burst);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i);
      bytes[at] = bytes[at]! + 1;
    }
    const sent = tx.send(burst);
    if (sent < count) burst.release();
    sum += sent;
  }
  return sum;
};

const exchange: Forward = ({ rx, tx, pool: { bytes } }, burst, { burst: size, frames }) => {
  let sum = 0;
  for (let left = frames; left > 0; left -= size) {
    const count = tx.exchange(burst, rx);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i);
      bytes[at] = bytes[at]! + 1;
    }
    sum += count;
  }
  return sum;
};

const rewriteMacs: Forward = ({ rx, tx, pool: { bytes } }, burst, { burst: size, frames }) => {
  let sum = 0;
  for (let left = frames; left > 0; left -= size) {
    const count = rx.receive(burst);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i);
      for (let j = 0; j < 12; j++) bytes[at + j] = macAddresses[j]!;
    }
    const sent = tx.send(burst);
    if (sent < count) burst.release();
    sum += sent;
  }
  return sum;
};

const rewriteMacsByWords: Forward = ({ rx, tx, words }, burst, { burst: size, frames }) => {
  let sum = 0;
  for (let left = frames; left > 0; left -= size) {
    const count = rx.receive(burst);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i) >>> 2; // received frames begin at a multiple of 64
      words[at] = macWords[0]!;
      words[at + 1] = macWords[1]!;
      words[at + 2] = macWords[2]!;
    }
    const sent = tx.send(burst);
    if (sent < count) burst.release();
    sum += sent;
  }
  return sum;
};

/** What {@link readHeader} found, so that it cannot be left out. */
let headersRead = 0;

const readHeader: Forward = ({ rx, tx, pool: { bytes } }, burst, { burst: size, frames }) => {
  let sum = 0;
  let read = headersRead;
  for (let left = frames; left > 0; left -= size) {
    const count = rx.receive(burst);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i);
      for (let j = 0; j < headerBytes; j++) read = (read + bytes[at + j]!) | 0;
    }
    const sent = tx.send(burst);
    if (sent < count) burst.release();
    sum += sent;
  }
  headersRead = read;
  return sum;
};

/** Forwards between two ports: a burst one way, a burst the other, in turns. */
export function bothWays(one: Station, other: Station, shape: Shape): SectionLoop {
  const { pool } = one;
  const ways: Way[] = [
    { rx: one.rx, tx: other.tx, burst: pool.createBurst(shape.burst) },
    { rx: other.rx, tx: one.tx, burst: pool.createBurst(shape.burst) },
  ];
  const moved = new Tally(shape.frames);
  return {
    measured() {
      moved.count = forwardBothWays(ways, pool, shape);
    },
    finish: () => moved.check(),
  };
}

interface Way {
  rx: RxQueue;
  tx: TxQueue;
  burst: Burst;
}

function forwardBothWays(ways: readonly Way[], { bytes }: Pool, { burst: size, frames }: Shape): number {
  let sum = 0;
  for (let left = frames; left > 0; left -= ways.length * size) {
    for (let way = 0; way < ways.length; way++) {
      const { rx, tx, burst } = ways[way]!;
      const count = rx.receive(burst);
      for (let i = 0; i < count; i++) {
        const at = burst.position(i);
        bytes[at] = bytes[at]! + 1;
      }
      const sent = tx.send(burst);
      if (sent < count) burst.release();
      sum += sent;
    }
  }
  return sum;
}

/** What a section has moved: a ring or pool that ran dry, or full, would look fast. */
export class Tally {
  count = 0;
  readonly #expected: number;

  constructor(expected: number) {
    this.#expected = expected;
  }

  check(): void {
    if (this.count !== this.#expected)
      throw new Error(`the loop moved ${this.count} frames of ${this.#expected}: use a larger ring or pool`);
  }
}

function expectEmpty(bursts: readonly Burst[]): void {
  const moved = new Tally(0);
  for (const burst of bursts) moved.count += burst.count;
  moved.check();
}

function releaseAll(burst: Burst): void {
  const moved = new Tally(burst.capacity);
  moved.count = burst.count;
  moved.check();
  burst.release();
}

function fill(bursts: readonly Burst[]): void {
  for (const burst of bursts) {
    const moved = new Tally(burst.capacity);
    moved.count = burst.allocate();
    moved.check();
    burst.lengths.fill(frameBytes);
  }
}
