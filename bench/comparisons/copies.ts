import type { Burst } from '../../src/index.ts';
import type { Comparison } from '../comparison.ts';
import { figure } from '../figure.ts';
import { Tally } from '../loops.ts';
import { pairOptions, runPairs, type SectionLoop, typescriptWork } from '../sections.ts';
import { Station } from '../station.ts';
import { median } from '../statistics.ts';

const frames = 32;
const frameSizes = [60, 512, 1514];

type Pass = (from: Burst, to: Burst) => number;

const copyAll: Pass = (from, to) => {
  let passed = 0;
  for (let i = 0; i < frames; i++) if (from.copy(i, to)) passed++;
  return passed;
};

const moveAll: Pass = (from, to) => {
  let passed = 0;
  for (let i = 0; i < frames; i++) if (from.move(0, to)) passed++;
  return passed;
};

/** What a frame costs that is to leave by another port as well, beside one that just goes to another burst. */
export const copies: Comparison = {
  name: 'copies',
  title: 'a frame for several ports: burst.copy beside burst.move',
  async run(context) {
    const station = await Station.open();
    for (const bytes of frameSizes) {
      const work = (pass: Pass) => typescriptWork(passing(station, bytes, pass), () => station.use());
      const { a, b } = runPairs(work(copyAll), work(moveAll), pairOptions(context));
      const perFrame = (cycles: number) => cycles / frames / context.cyclesPerNs;
      context.report({
        ...figure(
          { name: 'burst.copy − burst.move', configuration: `${bytes} bytes` },
          'ns a frame',
          a.map((cycles, i) => perFrame(cycles - b[i]!)),
        ),
        sides: { copy: perFrame(median(a)), move: perFrame(median(b)) },
        sideUnit: 'ns',
      });
    }
    await station.close();
  },
};

function passing({ pool }: Station, bytes: number, pass: Pass): SectionLoop {
  const from = pool.createBurst(frames);
  const to = pool.createBurst(frames);
  const passed = new Tally(frames);
  return {
    prepare() {
      from.allocate();
      from.lengths.fill(bytes);
    },
    measured() {
      passed.count = pass(from, to);
    },
    finish() {
      passed.check();
      from.release();
      to.release();
    },
  };
}
