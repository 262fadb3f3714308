import type { Port } from '../core/port.ts';
import type { PortStats } from '../core/stats.ts';
import type { DepartureCounts } from '../pacing/departures.ts';
import type { Outcome } from '../results/outcome.ts';
import type { PortRate } from '../results/port-rate.ts';
import { receivedByFarEnd } from './far-end.ts';

// Less than that is what a run's beginning and end make of it.
const toleratedShare = 0.001;
const toleratedFrames = 64;

/** Compares what a rate asked for with what left, and with what came. */
export class RateAccount {
  readonly #ports: readonly Port[];
  readonly #before: readonly PortStats[];

  /** Made before the first frame is sent. */
  constructor(ports: readonly Port[]) {
    this.#ports = ports;
    this.#before = ports.map((port) => port.stats());
  }

  /** @param counts Of each port. */
  outcome(counts: readonly DepartureCounts[]): Outcome {
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
        return shortfall(rate, ringWasFull) ?? [];
      }),
    };
  }
}

function shortfall({ address, intended, sent }: PortRate, ringWasFull: boolean): string | undefined {
  const missing = intended - sent;
  if (missing <= Math.max(toleratedFrames, intended * toleratedShare)) return undefined;
  const cause = ringWasFull
    ? 'the device did not keep up, its TX ring was full'
    : 'the host did not keep up, other work had the CPU';
  return `${address}: ${missing} of ${intended} frames were not sent in time: ${cause}`;
}
