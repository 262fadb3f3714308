import type { Port } from '../core/port.ts';
import type { PortStats } from '../core/stats.ts';
import { decimal } from '../results/figures.ts';
import type { Sample } from './sampler.ts';
import type { Work } from './work.ts';

type Directions = Pick<Work, 'sends' | 'arrivesAt'>;

/** What nothing moves for: nothing at all, or what is sent does not arrive. */
export type Stall = 'nothing moves' | 'nothing arrives';

/** What stands still for the whole of the sample, if anything does. */
export function stallOf({ interval }: Sample, { arrivesAt }: Directions): Stall | undefined {
  if (interval.ports.every(({ rxPackets, txPackets }) => rxPackets === 0 && txPackets === 0))
    return 'nothing moves';
  const there = arrivesAt === undefined ? undefined : interval.ports[arrivesAt];
  return there?.rxPackets === 0 ? 'nothing arrives' : undefined;
}

/**
 * One line on why, from what the ports know.
 *
 * @param sample Of the time in which nothing moved. Its counters after that time are current.
 * @param troubles What the ports' control said last, by address.
 */
export function explainStall(
  stall: Stall,
  ports: readonly Port[],
  sample: Sample,
  directions: Directions,
  troubles: ReadonlyMap<string, string>,
): string {
  const seconds = decimal(sample.interval.durationSeconds, 1);
  const what = stall === 'nothing moves' ? 'has moved' : 'of what is sent has arrived';
  const reasons = ports.flatMap((port, i) => {
    const before = sample.before[i]!;
    const after = sample.after[i]!;
    const reason = controlReason(port, troubles.get(port.address)) ?? dataReason(port, i, before, after);
    return reason === undefined ? [] : [`${port.address}: ${reason}`];
  });
  return `nothing ${what} for ${seconds} s; ${reasons.join('; ') || 'the ports know of no reason'}`;

  function dataReason(port: Port, i: number, before: PortStats, after: PortStats): string | undefined {
    const { sends, arrivesAt } = directions;
    if (!sends || i === arrivesAt) return rxReason(port, before, after);
    if (grew('txUndelivered', before, after))
      return 'what is sent reaches nobody: no port of this process is open at the far end';
    return stall === 'nothing moves' ? txReason(port, before, after) : undefined;
  }
}

/** Where the device can't know, it did not. */
function grew(counter: 'rxFiltered' | 'txUndelivered', before: PortStats, after: PortStats): boolean {
  return (after.device[counter] ?? 0) > (before.device[counter] ?? 0);
}

/** What keeps the whole port from moving frames. */
export function controlReason(port: Port, trouble: string | undefined): string | undefined {
  if (port.state !== 'running')
    return `the port is ${port.state}${trouble === undefined ? '' : `: ${trouble}`}`;
  return port.link.up ? undefined : `the link is down: ${linkAdvice(port)}, and its cable in?`;
}

function linkAdvice({ address }: Port): string {
  const name = /^(?:packet|tap):([^,]+)/.exec(address)?.[1];
  return name === undefined ? "is the PF up ('ip link set PF up')" : `is it up ('ip link set ${name} up')`;
}

function rxReason(port: Port, before: PortStats, after: PortStats): string {
  if (after.rxNoBuffer > before.rxNoBuffer) return 'frames wait, but the pool has no free buffer for them';
  if ((after.bus['filteredTooLong'] ?? 0) > (before.bus['filteredTooLong'] ?? 0))
    return `what arrives is longer than an MTU of ${port.mtu} allows`;
  if (grew('rxFiltered', before, after)) return `what arrives is for others than ${port.mac}`;
  // An emulated port sees all that comes to it; of a real one the NIC's switch keeps what is for others.
  if (port.bus === 'emulation')
    return 'the link is up, the far end is idle (it is a port of the same name in this process: emu: names are of one process)';
  return `the link is up, the far end is idle or sends to others than ${port.mac}`;
}

function txReason(port: Port, before: PortStats, after: PortStats): string | undefined {
  if (after.txRingFull > before.txRingFull) return 'the TX ring is full and the device takes nothing from it';
  return port.pool.usage().free === 0 ? 'the pool has no free buffer' : undefined;
}
