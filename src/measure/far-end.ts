import type { PortStats } from '../core/stats.ts';

/** What the far end received, by its own count; null for one that has none. Emulated far ends count what they were given. */
export function receivedByFarEnd({ bus }: PortStats): number | null {
  return bus['peerReceived'] ?? bus['wireDelivered'] ?? null;
}
