// Passes frames from VF0 to VF1 until it is killed. Says "passing" once a thousand have arrived.
import { createPool, openPort } from '../../../src/index.ts';
import { Exchange } from '../support/exchange.ts';

const pool = await createPool();
const a = await openPort(process.env['VF0']!, { pool });
const b = await openPort(process.env['VF1']!, { pool });
const exchange = new Exchange(a, b);
await exchange.passes(1000);
console.log('passing');
