import { columnsLoop, emptyParseLoop, filterLoop } from '../column-loops.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { figure } from '../figure.ts';
import { fieldLoop, layersLoop } from '../header-loops.ts';
import { typescriptLoop } from '../loops.ts';
import { pairOptions, runTurns, typescriptSide } from '../sections.ts';
import { Station } from '../station.ts';
import { median } from '../statistics.ts';

const shape = { burst: 32, frames: 256 };
const configuration = `burst ${shape.burst}`;
const bar = 2;
const columnsBar = 1.5;
const filterBar = 3;

/** Forwarding with a look into each frame's headers: by hand, with the functions of vfio-pmd/net, and in C++. */
export const headers: Comparison = {
  name: 'headers',
  title: 'reading headers of each frame that is forwarded, in TypeScript and in C++',
  async run(context) {
    const station = await Station.open();
    station.use();
    const names = [
      'bytesByHand',
      'bytesInCore',
      'byHand',
      'byView',
      'byFunctions',
      'byConstants',
      'inCore',
      'layers',
      'columns',
      'columnsInCore',
      'emptyParse',
      'filter',
      'filterInCore',
    ] as const;
    const sides = [
      typescriptSide(typescriptLoop('header', station, shape)),
      station.coreWork('header', shape).side,
      typescriptSide(fieldLoop('byHand', station, shape)),
      typescriptSide(fieldLoop('byView', station, shape)),
      typescriptSide(fieldLoop('byFunctions', station, shape)),
      typescriptSide(fieldLoop('byConstants', station, shape)),
      station.coreWork('fields', shape).side,
      typescriptSide(layersLoop(station, shape)),
      typescriptSide(columnsLoop(station, shape)),
      station.coreWork('parse', shape).side,
      typescriptSide(emptyParseLoop(station, shape.frames)),
      typescriptSide(filterLoop(station, shape)),
      station.coreWork('filter', shape).side,
    ];
    const nothing = [typescriptSide({ measured() {} }), station.coreWork('nothing', shape).side];
    const turns = runTurns([...sides, ...nothing], pairOptions(context));
    const [noneInTypescript, noneInCore] = turns.slice(sides.length) as [number[], number[]];
    const perFrame = Object.fromEntries(
      names.map((name, side) => {
        const none = name.endsWith('InCore') || name === 'inCore' ? noneInCore : noneInTypescript;
        const ns = (cycles: number, i: number) => (cycles - none[i]!) / shape.frames / context.cyclesPerNs;
        return [name, turns[side]!.map(ns)];
      }),
    ) as Record<(typeof names)[number], number[]>;
    report(context, '42 bytes, by hand / C++', perFrame.bytesByHand, perFrame.bytesInCore);
    report(context, 'six fields, by hand / C++', perFrame.byHand, perFrame.inCore);
    report(context, 'six fields, a DataView / C++', perFrame.byView, perFrame.inCore);
    report(context, 'six fields, ipv4.source(…) and so on / C++', perFrame.byFunctions, perFrame.inCore);
    report(context, 'six fields, the same as constants / C++', perFrame.byConstants, perFrame.inCore, bar);
    context.report(
      figure({ name: 'all headers, Layers alone', configuration }, 'ns a frame', perFrame.layers),
    );
    const { columns, columnsInCore, emptyParse, filter, filterInCore } = perFrame;
    report(context, 'parse, and every column / C++', columns, columnsInCore, columnsBar);
    context.report(figure({ name: 'parse of an empty burst', configuration: 'a call' }, 'ns', emptyParse));
    report(context, "filter 'udp port 53' / C++", filter, filterInCore, filterBar);
    await station.close();
  },
};

function report(context: BenchContext, name: string, own: number[], core: number[], most?: number): void {
  const ratios = figure(
    { name, configuration },
    'times',
    own.map((ns, i) => ns / core[i]!),
  );
  context.report({
    ...ratios,
    sides: { TypeScript: median(own), 'C++': median(core) },
    sideUnit: 'ns a frame',
    ...(most === undefined ? {} : { bar: { text: `${most} times`, met: ratios.value!.median <= most } }),
  });
}
