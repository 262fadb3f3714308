import type { FunctionSettings } from '../core/interfaces.ts';
import type { Finding } from './finding.ts';
import type { InterfaceState, PhysicalFunction, VirtualFunction } from './model.ts';

/** A VF whose PF is visible here, and what the PF's driver says of both. */
interface Place {
  vf: VirtualFunction;
  index: number;
  /** The PF's interface. */
  uplink: InterfaceState;
  settings: FunctionSettings;
}

type Found = Pick<Finding, 'id' | 'severity' | 'evidence' | 'why'> & {
  /** Arguments of `ip link set dev UPLINK` that change it. */
  change?: string[];
  /** What to do where no command does it. */
  advice?: string;
};

/** What the PF lets the VF do that keeps frames from it, or surprises a program. */
export function checkFunction(vf: VirtualFunction, pf: PhysicalFunction | undefined, mtu: number): Finding[] {
  const [uplink] = pf?.interfaces ?? [];
  if (vf.settings === null || vf.index === null || uplink === undefined) return [];
  const place: Place = { vf, index: vf.index, uplink, settings: vf.settings };
  const found = [...linkChecks(place, mtu), ...policyChecks(place)];
  return found.map(({ change, advice, ...rest }) => {
    const commands =
      change === undefined ? [] : [{ program: ['ip', 'link', 'set', 'dev', uplink.name, ...change] }];
    const text = advice ?? 'run: ';
    return {
      ...rest,
      subject: vf.address,
      steps: [{ text, commands }],
      code: null,
      fixable: change !== undefined,
    };
  });
}

function* linkChecks({ index, uplink, settings }: Place, mtu: number): Generator<Found> {
  if (settings.linkState === 'disable')
    yield {
      id: 'vf-link-disabled',
      severity: 'error',
      evidence: `the link of VF ${index} of ${uplink.name} is switched off`,
      why: 'The PF drops all frames of such a VF.',
      change: ['vf', `${index}`, 'state', 'auto'],
    };
  if (uplink.up && !uplink.carrier)
    yield {
      id: 'no-carrier',
      severity: 'warning',
      evidence: `${uplink.name} is up and has no link`,
      why: 'Frames reach other VFs of the same PF at most.',
      advice: 'check the cable, and the port at its other end',
    };
  if (uplink.up && uplink.mtu < mtu)
    yield {
      id: 'pf-mtu',
      severity: 'warning',
      evidence: `${uplink.name} has an MTU of ${uplink.mtu}, and ${mtu} is asked for`,
      why: "The PF's driver refuses its VFs a larger MTU than its own.",
      change: ['mtu', `${mtu}`],
    };
}

function* policyChecks({ index, uplink, settings }: Place): Generator<Found> {
  const { vlan, maxRateMbps, spoofCheck, trust, mac } = settings;
  if (vlan !== null)
    yield {
      id: 'port-vlan',
      severity: 'warning',
      evidence: `${uplink.name} puts VF ${index} into VLAN ${vlan.id}`,
      why: 'Frames get this tag on the wire, only frames with it arrive, and setVlan is refused.',
      change: ['vf', `${index}`, 'vlan', '0'],
    };
  if (maxRateMbps !== null)
    yield {
      id: 'rate-limit',
      severity: 'note',
      evidence: `${uplink.name} lets VF ${index} send ${maxRateMbps} Mbit/s at most`,
      why: 'Throughput ends there.',
      change: ['vf', `${index}`, 'max_tx_rate', '0'],
    };
  if (spoofCheck === true)
    yield {
      id: 'spoof-check',
      severity: 'note',
      evidence: `${uplink.name} checks what VF ${index} sends for spoofing`,
      why: 'Frames from another MAC than the port’s are dropped without a word: a program that forwards needs it off.',
      change: ['vf', `${index}`, 'spoofchk', 'off'],
    };
  if (trust === false && mac !== null)
    yield {
      id: 'assigned-mac',
      severity: 'note',
      evidence: `${uplink.name} has assigned VF ${index} the MAC ${mac} and does not trust it`,
      why: 'setMac to another one is refused.',
      change: ['vf', `${index}`, 'trust', 'on'],
    };
}
