// Opens and uses ports and pools as its parent asks, who takes descriptors and memory away meanwhile.
import { attachPool, createPool, openPort, type PmdError, type Port } from '../../src/index.ts';
import { receiveAll } from './frames.ts';
import { freshFlood } from './ports.ts';

const pool = await createPool({ hugePages: 'never' });
const ports: Port[] = [];

const commands = {
  open: async () => {
    ports.push(await openPort(freshFlood(), { pool, rxRing: 64, txRing: 64 }));
  },
  pool: async () => {
    await (await createPool({ buffers: 64, hugePages: 'never' })).close();
  },
  attach: async () => {
    attachPool(pool.token).createBurst();
  },
  receive: async () => {
    const burst = pool.createBurst();
    for (const port of ports) {
      receiveAll(port, burst, 8);
      burst.release();
    }
  },
  refresh: async () => {
    for (const port of ports) await port.refresh();
  },
  close: async () => {
    for (const port of ports.splice(0)) await port.close();
  },
  // Only as long as it takes: an emulated device computes while it is idle.
  rest: async () => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
  },
};

process.on('message', async (name: keyof typeof commands) => {
  try {
    await commands[name]();
    process.send?.('ok');
  } catch (error) {
    const { code, message, syscall } = error as PmdError;
    process.send?.({ code, message, syscall });
  }
});
process.send?.('ok');
