// Loads the addon's file twice, and says what each one's call block holds once the other, and then it, has read the clock.
import { parentPort } from 'node:worker_threads';
import { addonPath } from './addon-path.ts';

interface Loaded {
  readClock(): void;
  callBlock: ArrayBuffer;
}

function load(): Loaded {
  const module = { exports: {} };
  process.dlopen(module, addonPath);
  return module.exports as Loaded;
}

const [one, other] = [load(), load()];
const readings = [one, other].map(({ callBlock }) => new Float64Array(callBlock, 16, 1));
const seen: number[][] = [];
for (const { readClock } of [one, other]) {
  for (const reading of readings) reading[0] = -1;
  readClock();
  seen.push(readings.map((reading) => reading[0]!));
}
parentPort!.postMessage(seen);
