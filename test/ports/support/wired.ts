import type { Port } from '../../../src/index.ts';
import { limitMs } from '../../support/limits.ts';
import { Closing } from '../../support/ports.ts';
import { type Network, networked } from './network.ts';

/** A test with a network, and ports that are closed before it ends. */
export const over = (body: (network: Network, open: Closing) => Promise<void>) =>
  networked(async function (network) {
    this.timeout(limitMs(300));
    const open = new Closing();
    try {
      await body(network, open);
    } finally {
      await open.close();
    }
  });

/** Ports at both ends of a cable, over one pool. */
export async function wired(network: Network, open: Closing): Promise<[Port, Port]> {
  const pool = await open.pool();
  const [left, right] = await network.cable();
  return [await open.port(`packet:${left}`, { pool }), await open.port(`packet:${right}`, { pool })];
}
