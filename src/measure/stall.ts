import type { Port, PortStats } from '../index.ts';
import type { Sample } from './sampler.ts';

/** Whether anything moved, either way, at any port. */
export function isStalled({ interval }: Sample): boolean {
  return interval.ports.every(({ rxPackets, txPackets }) => rxPackets === 0 && txPackets === 0);
}

/** One line on why nothing moved, from what the ports know. */
export function explainStall(
  ports: readonly Port[],
  { interval, before, after }: Sample,
  sends: boolean,
): string {
  const reasons = ports.map((port, i) => {
    const reason = controlReason(port) ?? (sends ? txReason : rxReason)(port, before[i]!, after[i]!);
    return `${port.address}: ${reason}`;
  });
  return `nothing has moved for ${interval.durationSeconds.toFixed(1)} s; ${reasons.join('; ')}`;
}

function controlReason(port: Port): string | undefined {
  if (port.state !== 'running') return `the port is ${port.state}`;
  if (!port.link.up) return "the link is down: is the PF up ('ip link set PF up'), and its cable in?";
  return undefined;
}

function rxReason(port: Port, before: PortStats, after: PortStats): string {
  if (after.rxNoBuffer > before.rxNoBuffer) return 'frames wait, but the pool has no free buffer for them';
  if (grew(before, after, 'filteredFrames')) return `what arrives is for others than ${port.mac}`;
  return `the link is up, the far end is idle or sends to others than ${port.mac}`;
}

function txReason(_port: Port, before: PortStats, after: PortStats): string {
  if (after.txRingFull > before.txRingFull) return 'the TX ring is full and the device takes nothing from it';
  return 'the pool has no free buffer';
}

function grew(before: PortStats, after: PortStats, counter: string): boolean {
  return (after.bus[counter] ?? 0) > (before.bus[counter] ?? 0);
}
