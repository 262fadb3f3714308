import { formatMac, type MacAddress } from './mac.ts';
import { addon, completion, type NativeInterface } from './native.ts';

/** A network interface of the kernel's. */
export interface NetworkInterface {
  /** The kernel's number for it. */
  index: number;
  name: string;
  /** Whether its administrator has brought it up. */
  up: boolean;
  /** Whether it has a link. */
  carrier: boolean;
  /** Payload of a frame, in bytes. */
  mtu: number;
  /** The largest MTU that its driver takes; null where it does not say. */
  maxMtu: number | null;
  mac: MacAddress;
  /** `bridge`, `vlan` and so on; null of hardware. */
  kind: string | null;
  /** The number of the bridge or bond that it belongs to, or null. */
  master: number | null;
  /** The number of the interface that it stands on, as a VLAN's does, or null. */
  lower: number | null;
  /** The PCI address of its device, or null where the kernel does not say. */
  device: string | null;
  /** What its driver lets each virtual function of its device do. */
  functions: FunctionSettings[];
}

/** What the driver of a physical function lets a virtual one do. A setting that it does not know is null. */
export interface FunctionSettings {
  /** The number of the virtual function. */
  index: number;
  /** Assigned by the administrator; null: none, so that the virtual function chooses one. */
  mac: MacAddress | null;
  /** The tag that its frames get on the wire; null: none. */
  vlan: { id: number; priority: number; protocol: '802.1Q' | '802.1ad' } | null;
  /** Whether frames from another MAC than its own are dropped. */
  spoofCheck: boolean | null;
  /** Whether it may change its MAC and receive what is for others. */
  trust: boolean | null;
  /** Whether its link follows the wire's, or is up or down whatever happens. */
  linkState: 'auto' | 'enable' | 'disable' | null;
  /** Mbit/s that it has for itself, or null. */
  minRateMbps: number | null;
  /** Mbit/s that it may send at most, or null. */
  maxRateMbps: number | null;
}

const serviceTag = 0x88a8;
const noMac = '00:00:00:00:00:00';

/** The interfaces of this process's network namespace. */
export async function listInterfaces(): Promise<NetworkInterface[]> {
  const found = await completion<NativeInterface[]>((done) => addon.listLinks(done));
  return found.map(toInterface);
}

/** What the kernel does with an interface. */
export interface InterfaceUse {
  /** The kernel's number for the interface. */
  index: number;
  /** Otherwise it is an address of this machine. */
  isRoute: boolean;
  /** `192.0.2.1/24`, or `default`. */
  text: string;
}

/** Addresses and routes of this process's network namespace, at most 16 of each interface. */
export async function listInterfaceUses(): Promise<InterfaceUse[]> {
  return await completion<InterfaceUse[]>((done) => addon.listUses(done));
}

function toInterface(found: NativeInterface): NetworkInterface {
  const { maxMtu, mac, kind, master, lower, device, functions, ...rest } = found;
  return {
    ...rest,
    maxMtu: maxMtu || null,
    mac: formatMac(mac),
    kind: kind || null,
    master: master || null,
    lower: lower || null,
    device: device || null,
    functions: functions.map(toSettings),
  };
}

function toSettings(found: NativeInterface['functions'][number]): FunctionSettings {
  const { index, vlan, vlanPriority, vlanProtocol, spoofCheck, trust, linkState } = found;
  const mac = formatMac(found.mac);
  const protocol = vlanProtocol === serviceTag ? '802.1ad' : '802.1Q';
  return {
    index,
    mac: mac === noMac ? null : mac,
    vlan: vlan === 0 ? null : { id: vlan, priority: vlanPriority, protocol },
    spoofCheck,
    trust,
    linkState,
    minRateMbps: found.minRateMbps || null,
    maxRateMbps: found.maxRateMbps || null,
  };
}
