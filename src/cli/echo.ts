import type { Command } from 'commander';
import { Responder } from '../measure/responder.ts';
import { joinVlansOnAll } from '../measure/vlans.ts';
import { UsageError } from './exit.ts';
import { collectIp } from './field-values.ts';
import { runTraffic } from './session.ts';
import { checkPorts, type TrafficFlags, trafficCommand, withVlans } from './traffic-command.ts';

interface EchoFlags extends TrafficFlags {
  vlan?: number[];
  ip?: { text: string; bytes: Uint8Array }[];
}

/** `pmd-bench echo`. */
export function echoCommand(): Command {
  const command = trafficCommand('echo', 'answer ARP and ping at each port, of IPv4 and of IPv6', [
    'pmd-bench echo 0000:01:10.0 --ip 10.77.0.2',
    'pmd-bench echo 0000:01:10.0 --ip 10.77.0.2 --ip fd00::2 --duration 1m --json',
  ]).option('--ip <address>', 'to answer for, IPv4 or IPv6; repeat it', collectIp);
  return withVlans(command).action(runEcho);
}

async function runEcho(addresses: string[], flags: EchoFlags): Promise<void> {
  checkPorts(addresses);
  const { ip: given = [], vlan: vlans = [], burst: burstSize } = flags;
  if (given.length === 0) throw new UsageError('say whom to answer for: --ip 10.77.0.2');
  const ips = given.map(({ bytes }) => bytes);
  await runTraffic({
    command: 'echo',
    addresses,
    flags,
    options: { ips: given.map(({ text }) => text), vlans },
    createWork: async (pool, ports) => {
      await joinVlansOnAll(ports, vlans);
      await Responder.join(ports, ips);
      return new Responder(pool, ports, ips, burstSize);
    },
  });
}
