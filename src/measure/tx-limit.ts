import type { Port } from '../core/port.ts';
import type { Rate } from '../pacing/rate.ts';

/** Has the queues themselves send no faster: a whole number of frames or bits a second, at least one. */
export function limitTx(ports: readonly Port[], { kind, perSecond }: Rate): void {
  const whole = Math.max(1, Math.floor(perSecond.numerator / perSecond.denominator));
  const rate = kind === 'frames' ? { packetsPerSecond: whole } : { bitsPerSecond: whole };
  for (const port of ports) port.tx[0].setRate(rate);
}
