// Runs in the guest: prints as JSON what a program finds there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { basename } from 'node:path';

const [writable] = process.argv.slice(2);
const input = readFileSync(0);
const vfs = (process.env.PCIDEVICE_VFIO_PMD_VF ?? '').split(',');
writeFileSync(`${writable}/from-guest`, 'written through');
writeFileSync('/etc/only-in-the-guest', '');

const report = {
  release: release(),
  cwd: process.cwd(),
  greeting: process.env.GREETING,
  inputBase64: input.toString('base64'),
  named: [process.env.VF0, process.env.VF1],
  vfs: vfs.map((address) => {
    const device = `/sys/bus/pci/devices/${address}`;
    const group = basename(readlinkSync(`${device}/iommu_group`));
    return {
      address,
      driver: basename(readlinkSync(`${device}/driver`)),
      hasNode: existsSync(`/dev/vfio/${group}`),
      group,
    };
  }),
  links: execFileSync('ip', ['link']).toString(),
  freeHugePages: Number(/HugePages_Free:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]),
  kernelLog: execFileSync('dmesg').toString(),
  mounts: readFileSync('/proc/mounts', 'utf8'),
};
process.stdout.write(JSON.stringify(report));
process.stderr.write(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
process.exitCode = 7;
