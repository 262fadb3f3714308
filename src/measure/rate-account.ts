import type { Port } from '../core/port.ts';
import type { PortStats } from '../core/stats.ts';
import type { DepartureCounts } from '../pacing/departures.ts';
import { group } from '../results/figures.ts';
import type { Outcome } from '../results/outcome.ts';
import type { PortRate } from '../results/port-rate.ts';
import { receivedByFarEnd } from './far-end.ts';
import { watchPorts } from './port-events.ts';
import { controlReason } from './stall.ts';

// Less than that is what a run's beginning and end make of it.
const toleratedShare = 0.001;
const toleratedFrames = 64;

/** Compares what a rate asked for with what left, and with what came. */
export class RateAccount {
  readonly #ports: readonly Port[];
  readonly #before: readonly PortStats[];
  /** What each port's control complained of last since the account began, by address. */
  readonly #troubles = new Map<string, string>();
  readonly #unwatch: () => void;

  /** Made before the first frame is sent. */
  constructor(ports: readonly Port[]) {
    this.#ports = ports;
    this.#unwatch = watchPorts(ports, (address, text) => {
      if (!/^(recovered|link up)/.test(text)) this.#troubles.set(address, text);
    });
    this.#before = ports.map((port) => port.stats());
  }

  /**
   * @param allCounts Of each port.
   * @param packets That were to be sent in all: what came due in the round after the last one was asked for by nobody.
   */
  outcome(allCounts: readonly DepartureCounts[], packets = Number.POSITIVE_INFINITY): Outcome {
    this.#unwatch();
    const counts = withinPackets(allCounts, packets);
    const after = this.#ports.map((port) => port.stats());
    const rates = counts.map((count, i): PortRate => {
      const receivedBefore = receivedByFarEnd(this.#before[i]!);
      const received = receivedByFarEnd(after[i]!);
      return {
        address: this.#ports[i]!.address,
        ...count,
        received: received === null || receivedBefore === null ? null : received - receivedBefore,
      };
    });
    return {
      details: { rate: rates },
      notes: rates.flatMap((rate, i) => {
        const ringWasFull = after[i]!.txRingFull > this.#before[i]!.txRingFull;
        return shortfall(rate, this.#ports[i]!, this.#troubles.get(rate.address), ringWasFull) ?? [];
      }),
    };
  }
}

function withinPackets(counts: readonly DepartureCounts[], packets: number): DepartureCounts[] {
  let excess = counts.reduce((sum, { intended }) => sum + intended, 0) - packets;
  return counts.map((count) => {
    const cut = Math.max(0, Math.min(excess, count.intended - count.sent));
    excess -= cut;
    return { ...count, intended: count.intended - cut };
  });
}

function shortfall(
  { address, intended, sent }: PortRate,
  port: Port,
  trouble: string | undefined,
  ringWasFull: boolean,
): string | undefined {
  const missing = intended - sent;
  if (missing <= Math.max(toleratedFrames, intended * toleratedShare)) return undefined;
  const cause = controlReason(port, trouble) ?? pastTrouble(trouble) ?? loadReason(ringWasFull);
  return `${address}: ${group(missing)} of ${group(intended)} frames were not sent in time: ${cause}`;
}

/** What the port went through, and has got over. */
function pastTrouble(trouble: string | undefined): string | undefined {
  return trouble === undefined ? undefined : `the port did not send all the time: ${trouble}`;
}

function loadReason(ringWasFull: boolean): string {
  return ringWasFull
    ? 'the device did not keep up, its TX ring was full'
    : 'the host did not keep up, other work had the CPU';
}
