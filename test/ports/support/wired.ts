import type { Port } from '../../../src/index.ts';
import { limitMs } from '../../support/limits.ts';
import { Closing } from '../../support/ports.ts';
import { until } from '../../support/until.ts';
import { ip, type Network, networked, quiet } from './network.ts';

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

/** What the rings of packet: ports can be made of, as an option of the address. */
export const ringKinds = ['', ',blocks'] as const;

/** Ports at both ends of a cable, over one pool. */
export async function wired(
  network: Network,
  open: Closing,
  ring: (typeof ringKinds)[number] = '',
): Promise<[Port, Port]> {
  const pool = await open.pool();
  const [left, right] = await network.cable();
  return [
    await open.port(`packet:${left}${ring}`, { pool }),
    await open.port(`packet:${right}${ring}`, { pool }),
  ];
}

/** A tap: port over an interface that is up, and the kernel's end of it. */
export async function plugged(
  network: Network,
  open: Closing,
): Promise<[port: Port, kernel: Port, name: string]> {
  const [pool, name] = [await open.pool({ buffers: 8192, hugePages: 'never' }), network.tap()];
  const port = await open.port(`tap:${name}`, { pool });
  quiet(name);
  ip('link', 'set', name, 'up');
  await until('the link to be up', () => port.link.up);
  return [port, await open.port(`packet:${name},promiscuous`, { pool }), name];
}
