/** The lab: boots emulated igb NICs with SR-IOV in QEMU and runs a command among them. */

export type { GuestKernel } from './kernel.ts';
export { LabError } from './lab-error.ts';
export { type Accelerator, type GuestOptions, type GuestResult, timeoutExitCode } from './options.ts';
export { runInGuest } from './run-in-guest.ts';
export { fetchPackages, type Lab, type SetupOptions, setupLab } from './setup.ts';
export type { LabTools, QemuTool, Tool } from './tools.ts';
