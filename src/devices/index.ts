/**
 * Network devices of a machine, and what keeps a program from using them.
 *
 * @packageDocumentation
 */

export { commandLine } from '../core/command-line.ts';
export type { FindingCommand, FindingStep } from '../core/finding.ts';
export type { FunctionSettings, NetworkInterface } from '../core/interfaces.ts';
export { type DiagnoseOptions, type Diagnosis, diagnose } from './diagnose.ts';
export { type Finding, type Severity, stepLine } from './finding.ts';
export { applyFix } from './fix.ts';
export { Host, type HostOptions } from './host.ts';
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
