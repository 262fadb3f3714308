import type { Burst } from '../src/index.ts';
import type { CoreLoop } from './addon.ts';
import type { SectionLoop } from './sections.ts';
import type { Station } from './station.ts';

// The loops of native/core_loops.cc, in TypeScript, as an application would write them. Each is written out: V8 compiles a
// function once for all that it is given, so a loop shared by several kinds of work would call them where these are inlined.

/** One section's work: `frames` in bursts of `burst`. */
export interface Shape {
  burst: number;
  frames: number;
}

const frameBytes = 60;
const headerBytes = 42;

export function typescriptLoop(name: CoreLoop, station: Station, shape: Shape): SectionLoop {
  const make = makers[name];
  return make(station, shape);
}

type Make = (station: Station, shape: Shape) => SectionLoop;

const makers: Record<CoreLoop, Make> = {
  nothing: () => ({ measured() {} }),

  touch({ rx, tx, pool: { bytes }, pool }, { burst: size, frames }) {
    const burst = pool.createBurst(size);
    return {
      measured() {
        for (let left = frames; left > 0; left -= size) {
          const count = rx.receive(burst);
          for (let i = 0; i < count; i++) {
            const at = burst.position(i);
            bytes[at] = bytes[at]! + 1;
          }
          if (tx.send(burst) < count) burst.release();
        }
      },
    };
  },

  exchange({ rx, tx, pool: { bytes }, pool }, { burst: size, frames }) {
    const burst = pool.createBurst(size);
    return {
      prepare: () => rx.receive(burst),
      measured() {
        for (let left = frames; left > 0; left -= size) {
          const count = tx.exchange(burst, rx);
          for (let i = 0; i < count; i++) {
            const at = burst.position(i);
            bytes[at] = bytes[at]! + 1;
          }
        }
      },
      finish: () => tx.send(burst),
    };
  },

  macs({ rx, tx, pool: { bytes }, pool }, { burst: size, frames }) {
    const burst = pool.createBurst(size);
    const addresses = new Uint8Array(12);
    return {
      measured() {
        for (let left = frames; left > 0; left -= size) {
          const count = rx.receive(burst);
          for (let i = 0; i < count; i++) {
            const at = burst.position(i);
            for (let j = 0; j < 12; j++) bytes[at + j] = addresses[j]!;
          }
          if (tx.send(burst) < count) burst.release();
        }
      },
    };
  },

  header({ rx, tx, pool: { bytes }, pool }, { burst: size, frames }) {
    const burst = pool.createBurst(size);
    let sum = 0;
    return {
      measured() {
        for (let left = frames; left > 0; left -= size) {
          const count = rx.receive(burst);
          for (let i = 0; i < count; i++) {
            const at = burst.position(i);
            for (let j = 0; j < headerBytes; j++) sum = (sum + bytes[at + j]!) | 0;
          }
          if (tx.send(burst) < count) burst.release();
        }
      },
    };
  },

  receive({ rx, pool }, { burst: size, frames }) {
    const all = pool.createBurst(frames);
    return {
      measured() {
        for (let left = frames; left > 0; left -= size) rx.receive(all, size);
      },
      finish: () => all.release(),
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
    };
  },

  allocate({ pool }, { burst: size, frames }) {
    const all = pool.createBurst(frames);
    return {
      measured() {
        for (let left = frames; left > 0; left -= size) all.allocate(size);
      },
      finish: () => all.release(),
    };
  },

  release(station, { burst: size, frames }) {
    const bursts = station.bursts(frames / size, size);
    return {
      prepare: () => fill(bursts),
      measured() {
        for (let i = 0; i < bursts.length; i++) bursts[i]!.release();
      },
    };
  },
};

function fill(bursts: readonly Burst[]): void {
  for (const burst of bursts) {
    burst.allocate();
    burst.lengths.fill(frameBytes);
  }
}
