import type { Command } from 'commander';
import type { Burst } from '../core/burst.ts';
import type { Port } from '../core/port.ts';
import { Receiver } from '../measure/receiver.ts';
import { joinVlansOnAll } from '../measure/vlans.ts';
import { withAssertions } from './assertions.ts';
import { FrameLines } from './frame-lines.ts';
import { runTraffic } from './session.ts';
import {
  checkPorts,
  frameFilter,
  type TrafficFlags,
  trafficCommand,
  withFilter,
  withVlans,
} from './traffic-command.ts';

interface RxFlags extends TrafficFlags {
  vlan?: number[];
  verbose?: true;
  filter?: string;
}

/** `pmd-bench rx`. */
export function rxCommand(): Command {
  const command = trafficCommand('rx', 'receive and count what arrives at each port', [
    'pmd-bench rx emu:a,peer=flood --duration 5s',
    'pmd-bench rx emu:a,peer=flood,rate=10 --verbose --packets 20',
    'pmd-bench rx 0000:01:10.0 0000:01:10.1 --json --packets 1M',
  ]).option('-v, --verbose', 'print a line for each frame; to stderr where stdout has a document');
  return withAssertions(withFilter(withVlans(command), 'print, and count as matching,'), ['minRate']).action(
    runRx,
  );
}

async function runRx(addresses: string[], flags: RxFlags): Promise<void> {
  checkPorts(addresses);
  const { vlan: vlans = [], verbose, filter: expression } = flags;
  const filter = frameFilter(expression);
  await runTraffic({
    command: 'rx',
    addresses,
    flags,
    options: { vlans, filter: expression ?? null },
    createWork: async (pool, ports, { usesStdout }) => {
      await joinVlansOnAll(ports, vlans);
      if (!verbose) return new Receiver(pool, ports, flags.burst, undefined, filter);
      const lines = new FrameLines(usesStdout ? process.stderr : process.stdout);
      const show = ({ address }: Port, burst: Burst) => lines.show(address, burst);
      return new Receiver(pool, ports, flags.burst, show, filter);
    },
  });
}
