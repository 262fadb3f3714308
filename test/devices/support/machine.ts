import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeLine, type HostCommand } from '../../../src/devices/index.ts';
import { FakeKernel, readSys } from './fake-kernel.ts';
import { RecordedHost } from './recorded.ts';

export const pf = '0000:05:00.0';
export const vf = '0000:05:10.0';
export const pages = '/sys/kernel/mm/hugepages/hugepages-2048kB';

/** A server whose ports of an I350 card have VFs, and none of them has a driver. */
export class Machine implements Disposable {
  readonly recorded = new RecordedHost('supermicro-i350');
  readonly host: FakeKernel;

  constructor() {
    this.recorded.add(`file ${pages}/nr_hugepages 4`);
    this.recorded.add(`file ${pages}/free_hugepages 3`);
    this.recorded.add('file /sys/module/vfio_iommu_type1/parameters/dma_entry_limit 65535');
    this.host = new FakeKernel(this.recorded);
  }

  [Symbol.dispose](): void {
    this.recorded[Symbol.dispose]();
  }

  get sys(): Record<string, string> {
    return readSys(this.host);
  }

  driver(address: string): string | undefined {
    return this.host.linkName(`/sys/bus/pci/devices/${address}/driver`);
  }

  read(path: string): string {
    return readFileSync(join(this.recorded.root, path), 'utf8');
  }

  /** Paths of /sys that differ from what they were. */
  changedSince(before: Record<string, string>): string[] {
    const now = this.sys;
    const all = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...all].filter((path) => before[path] !== now[path]).sort();
  }
}

export const lines = (commands: HostCommand[]) => commands.map(changeLine);
