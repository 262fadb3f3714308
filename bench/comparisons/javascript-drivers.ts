import { bench } from '../addon.ts';
import type { Comparison } from '../comparison.ts';
import { ObjectDriver, type PacketBuffer } from '../drivers/object-driver.ts';
import { TypedArrayDriver } from '../drivers/typed-array-driver.ts';
import { figure } from '../figure.ts';
import { Tally, typescriptLoop } from '../loops.ts';
import { pairOptions, runPairs, type SectionLoop, typescriptWork, type Work } from '../sections.ts';
import { Station } from '../station.ts';
import { median } from '../statistics.ts';

const ring = 512;
const frames = 256;
const least = { 'typed arrays': 1.5, 'objects and BigInts': 5 } as const;

/** Forwarding, touching a byte: our library from TypeScript against ring drivers written in JavaScript, on the same device. */
export const javascriptDrivers: Comparison = {
  name: 'javascript',
  title: 'our library against ring drivers written in JavaScript, forwarding, touching a byte',
  async run(context) {
    const station = await Station.open({ ring });
    for (const burst of [8, 32, 128]) {
      const ours = typescriptWork(typescriptLoop('exchange', station, { burst, frames }), () =>
        station.use(),
      );
      const theirs: Record<keyof typeof least, Work> = {
        'typed arrays': typedArrays(burst),
        'objects and BigInts': objects(burst),
      };
      for (const style of Object.keys(least) as (keyof typeof least)[]) {
        const { a, b } = runPairs(theirs[style], ours, pairOptions(context));
        const perFrame = (cycles: number[]) => median(cycles) / frames / context.cyclesPerNs;
        const result = figure(
          { name: `driver with ${style}`, configuration: `burst ${burst}` },
          'times our time',
          a.map((cycles, i) => cycles / b[i]!),
        );
        const bar = { text: `${least[style]} times`, met: result.value!.median >= least[style] };
        const sides = { theirs: perFrame(a), ours: perFrame(b) };
        context.report({ ...result, sides, sideUnit: 'ns a frame', ...(burst === 32 ? { bar } : {}) });
      }
    }
    await station.close();
  },
};

function rawWork(id: number, loop: SectionLoop): Work {
  return typescriptWork(loop, () => bench.useRaw(id));
}

function typedArrays(burst: number): Work {
  const device = bench.openRaw(ring);
  const driver = new TypedArrayDriver(device, ring);
  const positions = new Uint32Array(burst);
  const lengths = new Uint32Array(burst);
  const moved = new Tally(frames);
  return rawWork(device.id, {
    measured() {
      moved.count = forwardTyped(driver, positions, lengths, burst);
    },
    finish: () => moved.check(),
  });
}

function forwardTyped(
  driver: TypedArrayDriver,
  positions: Uint32Array,
  lengths: Uint32Array,
  burst: number,
): number {
  const { bytes } = driver;
  let sum = 0;
  for (let left = frames; left > 0; left -= burst) {
    const count = driver.receive(positions, lengths, burst);
    for (let i = 0; i < count; i++) {
      const at = positions[i]!;
      bytes[at] = bytes[at]! + 1;
    }
    sum += driver.send(positions, lengths, count);
  }
  return sum;
}

function objects(burst: number): Work {
  const device = bench.openRaw(ring);
  const driver = new ObjectDriver(device, ring);
  const moved = new Tally(frames);
  return rawWork(device.id, {
    measured() {
      moved.count = forwardObjects(driver, burst);
    },
    finish: () => moved.check(),
  });
}

function forwardObjects(driver: ObjectDriver, burst: number): number {
  let sum = 0;
  for (let left = frames; left > 0; left -= burst) {
    // A list for each burst, and what was not sent as another: so does ixy.js's forward.js.
    const packets = new Array<PacketBuffer>(burst);
    const count = driver.receive(packets, burst);
    for (let i = 0; i < count; i++) {
      const { memory } = packets[i]!;
      memory[0] = memory[0]! + 1;
    }
    const sent = driver.send(packets, count);
    for (const packet of packets.slice(sent, count)) packet.free();
    sum += sent;
  }
  return sum;
}
