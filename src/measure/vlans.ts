import { PmdError } from '../core/errors.ts';
import type { Port } from '../core/port.ts';
import type { Field } from '../traffic/fields.ts';

// 0 is a priority without a VLAN, and 4095 is reserved (802.1Q, 9.6): nobody joins them.
const firstVlan = 1;
const lastVlan = 4094;

/** The tag of the first frame with these fields, of 16 bits; undefined without one. */
export function tagOf(fields: readonly Field[]): number | undefined {
  const first = fields.find(({ name }) => name === 'vlan')?.first;
  return first === undefined ? undefined : (first[0]! << 8) | first[1]!;
}

/** The VLANs that frames with these fields are in, or may be in. */
export function vlansOf(fields: readonly Field[]): number[] {
  const field = fields.find(({ name }) => name === 'vlan');
  if (field === undefined) return [];
  const first = tagOf(fields)!;
  return Array.from({ length: field.count }, (_, i) => first + i).filter(
    (vlan) => vlan >= firstVlan && vlan <= lastVlan,
  );
}

/**
 * Joins the VLANs, without which a port receives nothing of them.
 *
 * @throws {PmdError} that names the port and the VLAN.
 */
export async function joinVlans(port: Port, vlans: readonly number[]): Promise<void> {
  if (!port.capabilities.vlanFilter) return;
  for (const vlan of vlans) {
    try {
      await port.setVlan(vlan, true);
    } catch (error) {
      if (!(error instanceof PmdError)) throw error;
      const { code, address = port.address, errno, syscall } = error;
      const message = `${port.address} can't join VLAN ${vlan}, so none of its frames arrive: ${error.message}`;
      throw new PmdError(code, message, { address, errno, syscall });
    }
  }
}

/** The same for several ports. */
export async function joinVlansOnAll(ports: readonly Port[], vlans: readonly number[]): Promise<void> {
  for (const port of ports) await joinVlans(port, vlans);
}
