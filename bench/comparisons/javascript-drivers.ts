import { bench } from '../addon.ts';
import type { Comparison } from '../comparison.ts';
import { ObjectDriver, type PacketBuffer } from '../drivers/object-driver.ts';
import { TypedArrayDriver } from '../drivers/typed-array-driver.ts';
import { figure } from '../figure.ts';
import { typescriptLoop } from '../loops.ts';
import { onDevice, pairOptions, runPairs, type SectionLoop, type Side, typescriptSide } from '../sections.ts';
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
      const ours = onDevice(
        () => station.use(),
        typescriptSide(typescriptLoop('exchange', station, { burst, frames })),
      );
      const theirs: Record<keyof typeof least, Side> = {
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
        const sides = { 'theirs, ns a frame': perFrame(a), ours: perFrame(b) };
        context.report({ ...result, sides, ...(burst === 32 ? { bar } : {}) });
      }
    }
    await station.close();
  },
};

function rawSide(id: number, loop: SectionLoop): Side {
  return onDevice(() => bench.useRaw(id), typescriptSide(loop));
}

function typedArrays(burst: number): Side {
  const device = bench.openRaw(ring);
  const driver = new TypedArrayDriver(device, ring);
  const positions = new Uint32Array(burst);
  const lengths = new Uint32Array(burst);
  return rawSide(device.id, {
    measured() {
      const { bytes } = driver;
      for (let left = frames; left > 0; left -= burst) {
        const count = driver.receive(positions, lengths, burst);
        for (let i = 0; i < count; i++) {
          const at = positions[i]!;
          bytes[at] = bytes[at]! + 1;
        }
        if (driver.send(positions, lengths, count) < count) throw new Error('the TX ring is full');
      }
    },
  });
}

function objects(burst: number): Side {
  const device = bench.openRaw(ring);
  const driver = new ObjectDriver(device, ring);
  const packets: PacketBuffer[] = [];
  return rawSide(device.id, {
    measured() {
      for (let left = frames; left > 0; left -= burst) {
        const count = driver.receive(packets, burst);
        for (let i = 0; i < count; i++) {
          const { memory } = packets[i]!;
          memory[0] = memory[0]! + 1;
        }
        if (driver.send(packets, count) < count) throw new Error('the TX ring is full');
      }
    },
  });
}
