// Iterates over a queue in a way that does not keep the program alive: it must end by itself.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { openPort } from '../../src/index.ts';
import { inject } from '../faults/support/rig.ts';

const [way] = process.argv.slice(2);
const port = await openPort(way === 'unref, flooded' ? 'emu:end,peer=flood' : 'emu:end');
inject(port, 'lost-check');
const iteration = port.rx[0].bursts({ sliceUs: 1 });
if (way?.startsWith('unref')) iteration.unref();

void (async () => {
  for await (const burst of iteration) burst.release();
  assert.equal(way, 'returned');
})();

for (let turns = 0; turns < 10; turns++) await setImmediate();
if (way === 'returned') void iteration.return();
if (way === 'unref while it sleeps') iteration.ref().unref().ref().unref();
process.exitCode = 3;
