import assert from 'node:assert/strict';
import { type Accelerator, acceleratorOf, type MachineFacts } from '../../src/results/accelerator.ts';

const guest = 'model name\t: AMD EPYC\nflags\t\t: fpu hypervisor lm\n';
const machines: [string, Partial<MachineFacts>, Accelerator][] = [
  ['a CPU of its own', { cpuinfo: 'model name\t: Intel Core\nflags\t\t: fpu vme\n' }, 'none'],
  ['a guest of KVM', { cpuinfo: guest, clocksources: 'tsc kvm-clock acpi_pm' }, 'kvm'],
  ['a guest that QEMU translates', { cpuinfo: guest, clocksources: 'tsc hpet', vendor: 'QEMU\n' }, 'tcg'],
  ["QEMU's own CPU", { cpuinfo: 'model name\t: QEMU TCG CPU version 2.5+\n' }, 'tcg'],
  ['a guest of Hyper-V', { cpuinfo: guest, clocksources: 'hyperv_clocksource_tsc_page acpi_pm' }, 'hyperv'],
  ['a guest of VMware', { cpuinfo: guest, vendor: 'VMware, Inc.\n' }, 'vmware'],
  ['a guest of something else', { cpuinfo: guest, clocksources: 'tsc' }, null],
];

describe('the accelerator', () => {
  for (const [what, facts, expected] of machines)
    it(`is ${expected} for ${what}`, () => {
      assert.equal(acceleratorOf({ cpuinfo: '', clocksources: '', vendor: '', ...facts }), expected);
    });
});
