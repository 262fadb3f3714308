import { join } from 'node:path';
import { buildDirectory } from '../build.ts';
import type { Comparison } from '../comparison.ts';
import { compareCost, costName, inNetwork, portProgram } from '../kernel/forwarding.ts';

const loads = [60, 1514].map((bytes) => ({
  name: 'as fast as it goes',
  perSecond: 0,
  bytes,
  frames: 200_000, // of which the second half is measured
}));

/** What a `tap:` port costs beside a C program that reads and writes the same frames. */
export const tap: Comparison = {
  name: 'tap',
  title: 'tap: ports, against a C program with TAP interfaces: CPU time of forwarding',
  run: (context) =>
    inNetwork(context, [costName], 'tap', async (network) => {
      for (const name of ['t0', 't1']) network.tap(name);
      const forwarder = {
        TypeScript: [...portProgram, 'forward', 'tap:t0', 'tap:t1'],
        C: [join(buildDirectory, 'bench/tap-peer'), 'forward', 't0', 't1'],
      };
      for (const load of loads) await compareCost(context, network, forwarder, 't0', load);
    }),
};
