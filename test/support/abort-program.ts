// Iterates over a queue on which nothing comes, aborts, and has nothing more to do: it must end by itself.
import { openPort } from '../../src/index.ts';

const port = await openPort('emu:abort');
const controller = new AbortController();
setTimeout(() => controller.abort(), 50); // the queue sleeps by then, or not: both must end
for await (const burst of port.rx[0].bursts({ signal: controller.signal })) burst.release();
process.exitCode = 3;
