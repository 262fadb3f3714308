// Opens the port of its first argument, with a pool of as many buffers as the second says, and passes a frame to itself.
// The third and fourth are descriptors, if it was handed some. Prints what came of it as one line of JSON.
import { createPool, openPort, PmdError } from '../../../src/index.ts';
import { clean } from '../support/stream.ts';
import { transfer } from '../support/transfer.ts';

async function run(address: string, buffers: number, container?: string, group?: string) {
  const pool = await createPool({ buffers });
  const fds = { container: Number(container), group: Number(group) };
  const port = await openPort(address, { pool, ...(container === undefined ? {} : { fds }) });
  const tally = await transfer(port, port, 1000);
  await port.close();
  return { uid: process.getuid!(), tally, expected: clean(1000) };
}

function plain(error: unknown) {
  if (!(error instanceof PmdError)) throw error;
  const { code, errno, syscall, address, hint, message } = error;
  return { code, errno, syscall, address, hint, message };
}

const [address, buffers, ...descriptors] = process.argv.slice(2);
console.log(JSON.stringify(await run(address!, Number(buffers), ...descriptors).catch(plain)));
