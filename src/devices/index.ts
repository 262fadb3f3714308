/**
 * Network devices of a machine, and what keeps a program from using them.
 *
 * @packageDocumentation
 */

export { commandLine } from '../core/command-line.ts';
export type { FindingCommand, FindingStep } from '../core/finding.ts';
export type { FunctionSettings, InterfaceUse, NetworkInterface } from '../core/interfaces.ts';
export { type BindOptions, bindDevice, type UnbindOptions, unbindDevice } from './bind.ts';
export type { ChangeOptions } from './carry-out.ts';
export { changeLine, type HostCommand } from './change.ts';
export { type DiagnoseOptions, type Diagnosis, diagnose } from './diagnose.ts';
export { type Finding, type Severity, stepLine } from './finding.ts';
export { applyFix } from './fix.ts';
export { Host, type HostOptions } from './host.ts';
export { type HugePageOptions, type HugePages, listHugePages, reserveHugePages } from './huge-pages.ts';
export { listDevices } from './list.ts';
export type {
  DeviceList,
  GroupMember,
  Holder,
  InterfaceState,
  IommuGroup,
  NetworkFunction,
  PhysicalFunction,
  PlainFunction,
  VirtualFunction,
} from './model.ts';
export { setVfs, type VfsOptions } from './vfs.ts';
