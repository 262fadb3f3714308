import type { DepartureCounts } from '../pacing/departures.ts';

/** What became of a rate at one port: the `rate` of a result's details lists them in the ports' order. */
export interface PortRate extends DepartureCounts {
  address: string;
  /** By the far end's own count; null where it has none that can be read. */
  received: number | null;
}
