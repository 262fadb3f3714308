import { callgrindMissing, countInstructions } from '../callgrind.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { figure, missing } from '../figure.ts';
import { pairOptions, runPairs } from '../sections.ts';
import { Station } from '../station.ts';

const burst = 32;
const usual = { ring: 512, buffers: 4096 };
const barText = 'within 5 %';
const rings = [256, 512, 1024, 2048, 4096];
const pools = [4096, 8192, 16384, 32768, 65536];

/** What a frame costs when rings and pools grow: against the usual ones, in one run. */
export const scale: Comparison = {
  name: 'scale',
  title: 'cost a frame from 256 to 4096 descriptors and from 4 Ki to 64 Ki buffers, forwarding in C++',
  async run(context) {
    const usualCount = callgrindMissing === null ? count(context, usual) : Number.NaN;
    const some = <T>(all: readonly T[]) => (context.smoke ? all.slice(-1) : all); // a look takes a few seconds
    for (const ring of some(rings)) await compare(context, { ring, buffers: 16384 }, usualCount);
    for (const buffers of some(pools)) await compare(context, { ring: usual.ring, buffers }, usualCount);
  },
};

/** A section is half a ring, so that two go round it whatever its size. */
async function compare(context: BenchContext, size: typeof usual, usualCount: number): Promise<void> {
  const [station, reference] = [await Station.open(size), await Station.open(usual)];
  mix(station);
  mix(reference);
  const { a, b } = runPairs(
    station.coreWork('touch', { burst, frames: size.ring / 2 }),
    reference.coreWork('touch', { burst, frames: usual.ring / 2 }),
    pairOptions(context),
  );
  await station.close();
  await reference.close();
  const configuration = `ring ${size.ring}, ${size.buffers} buffers`;
  const perFrame = a.map((cycles) => cycles / (size.ring / 2) / context.cyclesPerNs);
  const ratio = a.map((cycles, i) => cycles / size.ring / (b[i]! / usual.ring));
  context.report(figure({ name: 'time', configuration }, 'ns a frame', perFrame));
  context.report(figure({ name: 'time / that of the usual sizes', configuration }, 'times', ratio));
  const head = { name: 'instructions', configuration };
  if (callgrindMissing !== null) {
    context.report(missing(head, callgrindMissing, barText));
    return;
  }
  const own = count(context, size);
  const bar = { text: barText, met: Math.abs(own / usualCount - 1) <= 0.05 };
  context.report({ ...figure(head, 'a frame', [own]), bar });
}

function count({ smoke }: BenchContext, size: typeof usual): number {
  return countInstructions({ loop: 'touch', burst, sections: smoke ? 5 : 200, ...size });
}

/**
 * Has the pool hand its buffers out in no order, as after long use: they are all taken and given back by way of bursts that
 * are released in another order than they were filled.
 */
function mix({ pool }: Station): void {
  const bursts = [];
  for (;;) {
    const one = pool.createBurst(64);
    if (one.allocate(64) < 64) {
      one.release();
      break;
    }
    bursts.push(one);
  }
  const stride = 37; // a prime: it meets every burst once, unless their number is a multiple of it
  for (let i = 0, at = 0; i < bursts.length; i++) {
    at = (at + stride) % bursts.length;
    bursts[at]!.release();
  }
  for (const one of bursts) one.release(); // of those that it did not meet
}
