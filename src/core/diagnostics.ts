import { channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';

/** What is published on the channel `vfio-pmd:EVENT` of `node:diagnostics_channel`, for each port of this thread. */
export interface PortDiagnostics {
  /** The port's. */
  address: string;
  /** Why, for `recovering`, `failure`, `refused` and `removal`. */
  reason?: string;
  /** How long it took, for `recovered`. */
  elapsedMs?: number;
}

const channels = {
  open: channel('vfio-pmd:open'),
  recovering: channel('vfio-pmd:recovering'),
  recovered: channel('vfio-pmd:recovered'),
  failure: channel('vfio-pmd:failure'),
  refused: channel('vfio-pmd:refused'),
  removal: channel('vfio-pmd:removal'),
  close: channel('vfio-pmd:close'),
};
const log = debuglog('vfio-pmd');

/** Tells whoever listens to the channel, and stderr with `NODE_DEBUG=vfio-pmd`. @internal */
export function publish(event: keyof typeof channels, message: PortDiagnostics): void {
  const { address, ...details } = message;
  log('%s: %s %j', address, event, details);
  channels[event].publish(message);
}
