import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { untilSeen } from '../../support/until.ts';

// bits of the Uncorrectable Error Status register
const statusBits = { 'non-fatal': 1 << 15 /* completer abort */, fatal: 1 << 18 /* malformed TLP */ };

/** Makes the kernel believe that a function has reported an error; see drivers/pci/pcie/aer_inject.c for the record. */
export async function injectAerError(address: string, severity: keyof typeof statusBits): Promise<void> {
  execFileSync('modprobe', ['aer_inject']);
  await untilSeen('/dev/aer_inject', () => existsSync('/dev/aer_inject'));
  const [domain, bus, device, fn] = address.split(/[:.]/).map((part) => Number.parseInt(part, 16));
  const record = Buffer.alloc(32);
  record.set([bus!, device!, fn!]);
  record.writeUInt32LE(statusBits[severity], 4);
  record.writeUInt32LE(domain!, 28);
  writeFileSync('/dev/aer_inject', record);
}
