import type { Command } from 'commander';
import { Receiver } from '../measure/receiver.ts';
import { runTraffic } from './session.ts';
import { checkPorts, type TrafficFlags, trafficCommand } from './traffic-command.ts';

/** `pmd-bench rx`. */
export function rxCommand(): Command {
  return trafficCommand('rx', 'receive and count what arrives at each port', [
    'pmd-bench rx emu:a,peer=flood --duration 5s',
    'pmd-bench rx 0000:01:10.0 0000:01:10.1 --json --packets 1000000',
  ]).action(runRx);
}

async function runRx(addresses: string[], flags: TrafficFlags): Promise<void> {
  checkPorts(addresses);
  await runTraffic({
    command: 'rx',
    addresses,
    flags,
    options: {},
    createWork: (pool, ports) => new Receiver(pool, ports, flags.burst),
  });
}
