import type { Burst, PacketMemory } from '../../src/index.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { figure } from '../figure.ts';
import { pairOptions, runTurns, typescriptSide } from '../sections.ts';
import { Station } from '../station.ts';
import { median } from '../statistics.ts';

const frames = 32;
const rounds = 8;
const addresses = Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2);
const addressWords = new Uint32Array(addresses.buffer);

/** Makes what works on every frame of a burst, as an application would write it. */
type Make = (burst: Burst, memory: PacketMemory) => () => void;

/** Ways to count up a frame's first byte. */
const touching: Record<string, Make> = {
  'bytes[position(i)], to the count in a local':
    (burst, { bytes }) =>
    () => {
      const { count } = burst;
      for (let i = 0; i < count; i++) {
        const at = burst.position(i);
        bytes[at] = bytes[at]! + 1;
      }
    },
  'bytes[position(i)], to burst.count':
    (burst, { bytes }) =>
    () => {
      for (let i = 0; i < burst.count; i++) {
        const at = burst.position(i);
        bytes[at] = bytes[at]! + 1;
      }
    },
  'indices and offsets, in locals':
    (burst, { bytes, stride }) =>
    () => {
      const { count, indices, offsets } = burst;
      for (let i = 0; i < count; i++) {
        const at = indices[i]! * stride + offsets[i]!;
        bytes[at] = bytes[at]! + 1;
      }
    },
  'view(i) and offsets[i]': (burst) => () => {
    const { count } = burst;
    for (let i = 0; i < count; i++) {
      const view = burst.view(i);
      const at = burst.offsets[i]!;
      view[at] = view[at]! + 1;
    }
  },
  'frame(i), a Buffer each time': (burst) => () => {
    const { count } = burst;
    for (let i = 0; i < count; i++) {
      const frame = burst.frame(i);
      frame[0] = frame[0]! + 1;
    }
  },
};

/** Ways to write both MAC addresses, twelve bytes. */
const rewriting: Record<string, Make> = {
  'three words of a Uint32Array': (burst, { bytes }) => {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    return () => {
      const { count } = burst;
      for (let i = 0; i < count; i++) {
        const at = burst.position(i) >>> 2; // a received frame begins at a multiple of 64
        words[at] = addressWords[0]!;
        words[at + 1] = addressWords[1]!;
        words[at + 2] = addressWords[2]!;
      }
    };
  },
  'three setUint32 of a DataView': (burst, { bytes }) => {
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return () => {
      const { count } = burst;
      for (let i = 0; i < count; i++) {
        const at = burst.position(i);
        data.setUint32(at, addressWords[0]!, true);
        data.setUint32(at + 4, addressWords[1]!, true);
        data.setUint32(at + 8, addressWords[2]!, true);
      }
    };
  },
  'twelve bytes in a loop':
    (burst, { bytes }) =>
    () => {
      const { count } = burst;
      for (let i = 0; i < count; i++) {
        const at = burst.position(i);
        for (let j = 0; j < 12; j++) bytes[at + j] = addresses[j]!;
      }
    },
  'bytes.set()':
    (burst, { bytes }) =>
    () => {
      const { count } = burst;
      for (let i = 0; i < count; i++) bytes.set(addresses, burst.position(i));
    },
  'frame(i).set()': (burst) => () => {
    const { count } = burst;
    for (let i = 0; i < count; i++) burst.frame(i).set(addresses);
  },
};

/** How a program in TypeScript best gets at what is in a frame: no call into C++, and no device, in any of it. */
export const access: Comparison = {
  name: 'access',
  title: 'ways to a frame in TypeScript, against the first of each',
  async run(context) {
    const station = await Station.open();
    station.use();
    const burst = station.pool.createBurst(frames);
    burst.allocate();
    burst.lengths.fill(60);
    compareWays(context, 'touch a byte', touching, burst);
    compareWays(context, 'rewrite the MACs', rewriting, burst);
    burst.release();
    await station.close();
  },
};

function compareWays(context: BenchContext, work: string, ways: Record<string, Make>, burst: Burst): void {
  const loops = [...Object.values(ways).map((make) => make(burst, burst.pool)), () => {}];
  const sides = loops.map((loop) =>
    typescriptSide({
      measured() {
        for (let round = 0; round < rounds; round++) loop();
      },
    }),
  );
  const results = runTurns(sides, pairOptions(context));
  const nothing = results.pop()!;
  const perFrame = (cycles: number[]) =>
    cycles.map((value, pair) => (value - nothing[pair]!) / frames / rounds / context.cyclesPerNs);
  const first = perFrame(results[0]!);
  for (const [i, way] of Object.keys(ways).entries()) {
    const own = perFrame(results[i]!);
    const ratios = own.map((ns, pair) => ns / first[pair]!);
    const head = { name: `${work}: ${way}`, configuration: `burst ${frames}` };
    const sides = { this: median(own), first: median(first) };
    context.report({ ...figure(head, 'times', ratios), sides, sideUnit: 'ns a frame' });
  }
}
