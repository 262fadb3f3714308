import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheKey, publishFile, readJson } from './cache.ts';
import { LabError } from './lab-error.ts';
import type { Accelerator } from './options.ts';
import { consoleArgs, machineArgs } from './qemu-args.ts';
import { QemuProcess } from './qemu-process.ts';
import type { Lab } from './setup.ts';

const probeSeconds = 10;

/**
 * Decides what the guest's processors are. That /dev/kvm exists says little: nested and paravirtual hosts have
 * one that no stock kernel boots on. So the very kernel and initramfs are booted once under it, and the answer
 * is kept until the host boots again.
 */
export async function chooseAccelerator(
  lab: Lab,
  initramfs: string,
  wanted: 'auto' | Accelerator,
): Promise<Accelerator> {
  if (wanted === 'tcg') return 'tcg';
  const reason = await kvmObstacle(lab, initramfs);
  if (reason === undefined) return 'kvm';
  if (wanted === 'auto') return 'tcg';
  throw new LabError(`KVM can't be used: ${reason}`, 'use accel "auto" or "tcg"');
}

async function kvmObstacle(lab: Lab, initramfs: string): Promise<string | undefined> {
  const isAccessible = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isAccessible) return "/dev/kvm is not there, or this user may not open it (see the group 'kvm')";
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  const key = cacheKey(bootId, lab.qemu.program, lab.qemu.version, lab.kernel.vmlinuz, initramfs);
  const file = join(lab.cacheDirectory, `kvm-${key}.json`);
  const known = await readJson<{ works: boolean }>(file);
  const works = known?.works ?? (await runsUnder('kvm', lab, initramfs, probeSeconds));
  if (known === undefined) await publishFile(file, JSON.stringify({ works }));
  return works ? undefined : `a probe guest did not run under it within ${probeSeconds} seconds`;
}

/** Boots a guest that powers off as soon as its kernel has started a program, and tells whether it got there. */
export async function runsUnder(
  accelerator: Accelerator,
  lab: Lab,
  initramfs: string,
  limitSeconds: number,
): Promise<boolean> {
  const qemu = new QemuProcess(lab.qemu, [
    ...machineArgs(lab, accelerator, initramfs, ''),
    ...['-m', '512', '-smp', '2', '-device', 'intel-iommu,intremap=on'],
    ...consoleArgs(),
  ]);
  const timer = setTimeout(() => void qemu.kill(), limitSeconds * 1000);
  await qemu.ended;
  clearTimeout(timer);
  return qemu.tail.includes('lab: probe passed');
}
