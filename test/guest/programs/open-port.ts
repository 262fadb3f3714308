// Opens the port of its first argument, with a pool of as many buffers as the second says, and passes a frame to itself.
// Prints what came of it as one line of JSON.
import { createPool, openPort, PmdError } from '../../../src/index.ts';
import { clean } from '../support/stream.ts';
import { transfer } from '../support/transfer.ts';

async function run(address: string, buffers: number) {
  const pool = await createPool({ buffers });
  const port = await openPort(address, { pool });
  const tally = await transfer(port, port, 1000);
  await port.close();
  return { uid: process.getuid!(), tally, expected: clean(1000) };
}

function plain(error: unknown) {
  if (!(error instanceof PmdError)) throw error;
  const { code, errno, syscall, address, hint, message } = error;
  return { code, errno, syscall, address, hint, message };
}

const [address, buffers] = process.argv.slice(2);
console.log(JSON.stringify(await run(address!, Number(buffers)).catch(plain)));
