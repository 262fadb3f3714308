import { type Burst, createPool, openPort, PmdError } from '../../../src/index.ts';
import { until } from '../../support/until.ts';
import type { Bench, Row } from './rows.ts';

/** Fills the burst with a frame from the port's flood. */
async function receiveOne(port: Bench['port'], burst: Burst): Promise<void> {
  await until('a frame', () => port.rx[0].receive(burst, 1) > 0);
}

/** Goes wrong as the row says, with a fresh pool and port, and returns the error. */
export async function attempt(row: Row): Promise<PmdError> {
  const pool = await createPool();
  const port = await openPort('emu:a,peer=flood', { pool });
  const burst = pool.createBurst(4);
  await receiveOne(port, burst);
  try {
    await row.attempt?.({ pool, port, burst });
  } catch (error) {
    if (error instanceof PmdError) return error;
    throw error;
  } finally {
    await port.close();
    if (pool.bytes.length > 0) await pool.close();
  }
  throw new Error(`"${row.what}" did not fail`);
}
