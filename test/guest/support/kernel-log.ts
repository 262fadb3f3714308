import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const mark = (name: string) => `vfio-pmd test: ${name}`;

/** Writes a line into the kernel's log from which {@link kernelLogSince} counts. */
export function markKernelLog(name: string): void {
  writeFileSync('/dev/kmsg', `${mark(name)}\n`);
}

/** What the kernel has said since {@link markKernelLog} was last called with this name. */
export function kernelLogSince(name: string): string[] {
  const lines = execFileSync('dmesg', { maxBuffer: 1 << 26 })
    .toString()
    .split('\n');
  const begin = lines.findLastIndex((line) => line.includes(mark(name)));
  if (begin < 0) throw new Error(`the kernel's log was too short for what was said since "${name}"`);
  return lines.slice(begin + 1);
}

/** The DMA accesses that the IOMMU has stopped since then. */
export function dmarFaults(name: string): string[] {
  return kernelLogSince(name).filter((line) => /DMAR:.*fault/i.test(line));
}

/** An access that the IOMMU has stopped. */
export interface DmarFault {
  kind: string;
  /** As in 0000:01:10.0. */
  device: string;
  at: bigint;
}

/** What a line of {@link dmarFaults} says, in the words of any kernel from 5.x on: newer ones name the device's domain, too. */
export function parseDmarFault(line: string): DmarFault | undefined {
  const match =
    /\[DMA (Read|Write)[^\]]*\] Request device \[(?:([\da-f]{4}):)?([\da-f]{2}:[\da-f]{2}\.\d)\](?: PASID [\da-f]+)? fault addr (?:0x)?([\da-f]+)/i.exec(
      line,
    );
  if (match === null) return undefined;
  const [, kind, domain = '0000', device, address] = match;
  return { kind: kind!, device: `${domain}:${device}`, at: BigInt(`0x${address}`) };
}
