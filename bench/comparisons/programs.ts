import type { BenchContext, Comparison } from '../comparison.ts';
import { figure, missing } from '../figure.ts';
import {
  compileProgram,
  emptyProgramLoop,
  openForPrograms,
  type ProgramName,
  programLoop,
  programs,
} from '../program-loops.ts';
import { pairOptions, runTurns, typescriptSide } from '../sections.ts';
import type { Station } from '../station.ts';
import { median } from '../statistics.ts';

const shape = { burst: 32, frames: 256 };
const configuration = `burst ${shape.burst}`;
const bar = 1.3;
const titles: Record<ProgramName, string> = {
  programMacs: 'both MAC addresses written',
  programHash: 'a port by a hash of the flow',
  programRouter: 'the router of the examples',
};

type Language = 'AssemblyScript' | 'C++';

/** Programs in WebAssembly on packet memory, and the same in C++ for this machine. */
export const programsInWasm: Comparison = {
  name: 'programs',
  title: 'programs in WebAssembly, on frames where the device put them, and in C++',
  async run(context) {
    const station = await openForPrograms();
    station.use();
    for (const name of Object.keys(programs) as ProgramName[])
      for (const language of ['AssemblyScript', 'C++'] as const)
        await compare(context, station, name, language);
    await station.close();
  },
};

async function compare(
  context: BenchContext,
  station: Station,
  name: ProgramName,
  language: Language,
): Promise<void> {
  const title = { name: `${titles[name]}, ${language} as Wasm / C++`, configuration };
  const program = await compileProgram(station, name, language);
  if (program === undefined) {
    context.report(missing(title, 'there is no clang', `${bar} times`));
    return;
  }
  const sides = [
    typescriptSide(programLoop(station, program, shape)),
    station.coreWork(name, shape).side,
    typescriptSide(emptyProgramLoop(station, program, shape.frames)),
    typescriptSide({ measured() {} }),
    station.coreWork('nothing', shape).side,
  ];
  const turns = runTurns(sides, pairOptions(context)) as [number[], number[], number[], number[], number[]];
  const [own, core, empty, none, noneInCore] = turns;
  const ns = (cycles: number[], less: number[]) =>
    cycles.map((each, i) => (each - less[i]!) / shape.frames / context.cyclesPerNs);
  const [inWasm, inCore] = [ns(own, none), ns(core, noneInCore)];
  const ratios = inWasm.map((each, i) => each / inCore[i]!);
  const ratio = figure(title, 'times', ratios);
  context.report({
    ...ratio,
    sides: { Wasm: median(inWasm), 'C++': median(inCore) },
    sideUnit: 'ns a frame',
    bar: { text: `${bar} times`, met: ratio.value!.median <= bar },
  });
  if (name === 'programMacs' && language === 'AssemblyScript')
    context.report(figure({ name: 'run of an empty burst', configuration: 'a call' }, 'ns', ns(empty, none)));
}
