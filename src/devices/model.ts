import type { FunctionSettings } from '../core/interfaces.ts';
import type { MacAddress } from '../core/mac.ts';

/** A process that has a device's node open. */
export interface Holder {
  pid: number;
  /** As the kernel calls it: what it says of itself. */
  name: string;
}

/** A device that shares an IOMMU group. */
export interface GroupMember {
  /** Its PCI address, or its name where it is no PCI device. */
  address: string;
  driver: string | null;
  /** The PCI class, such as 0x020000 of an Ethernet controller; null where it has none. */
  classCode: number | null;
}

/** What the IOMMU keeps apart from the rest: a program gets all of a group or nothing. */
export interface IommuGroup {
  number: number;
  /** Whether nothing is kept apart, as in no-IOMMU mode. */
  noIommu: boolean;
  /** All devices of the group, this one too. */
  members: GroupMember[];
  /** The node that a program opens; null unless a driver of VFIO has made one. */
  node: string | null;
  /** Who has the node open, as far as this process may look. */
  holders: Holder[];
}

/** An interface of the kernel's that stands on a device. */
export interface InterfaceState {
  name: string;
  up: boolean;
  carrier: boolean;
  /** Payload of a frame, in bytes. */
  mtu: number;
  mac: MacAddress;
}

/** What is the same of PFs, VFs and other network functions. */
export interface NetworkFunction {
  /** As in sysfs: 0000:01:10.0. */
  address: string;
  /** PCI vendor and device, as in 8086:10ca. */
  id: string;
  /** Whether a driver of this package knows it: `openPort` can open it. */
  supported: boolean;
  /** The kernel's driver, or null. */
  driver: string | null;
  /** Null where the system does not say. */
  numaNode: number | null;
  /** Null without an IOMMU. */
  group: IommuGroup | null;
  /** Interfaces of this network namespace, by their names in sysfs. */
  interfaces: InterfaceState[];
}

/** A virtual function. */
export interface VirtualFunction extends NetworkFunction {
  kind: 'vf';
  /** The physical function that it is part of; null where it is hidden, as in a virtual machine. */
  pf: string | null;
  /** Its number among those of its PF. */
  index: number | null;
  /** What the PF's driver lets it do; null where there is nobody to ask. */
  settings: FunctionSettings | null;
}

/** A physical function that can have VFs. */
export interface PhysicalFunction extends NetworkFunction {
  kind: 'pf';
  /** How many VFs it can have. */
  totalVfs: number;
  /** Whether the kernel looks for a driver for new VFs at once. */
  autoprobe: boolean;
  vfs: VirtualFunction[];
}

/** A network device that can have no VFs. */
export interface PlainFunction extends NetworkFunction {
  kind: 'nic';
}

/** The network devices of a machine: what `pmd-bench devices --json` writes. */
export interface DeviceList {
  schema: 'pmd-bench-devices/1';
  /** How many IOMMU groups there are; 0: no IOMMU. */
  iommuGroups: number;
  /** In order of address. VFs stand in their PF, or here where it is hidden. */
  devices: (PhysicalFunction | VirtualFunction | PlainFunction)[];
}
