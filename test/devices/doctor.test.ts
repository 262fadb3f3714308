import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DiagnoseOptions,
  type Diagnosis,
  diagnose,
  type Finding,
  type Host,
  stepLine,
} from '../../src/devices/index.ts';
import { assertValid, validatorOf } from '../cli/support/schema.ts';
import { pmdError } from '../support/errors.ts';
import { RecordedHost, recordedHosts } from './support/recorded.ts';

const validate = validatorOf('pmd-bench-doctor-1.json');

async function examine(name: string, address?: string, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  using recorded = new RecordedHost(name);
  return await diagnose(address, { host: recorded.host, ...options });
}

/** Findings that are no notes, as `id subject`. */
function faults({ findings }: Diagnosis): string[] {
  return findings.filter(({ severity }) => severity !== 'note').map(({ id, subject }) => `${id} ${subject}`);
}

function found({ findings }: Diagnosis, id: string): Finding {
  const finding = findings.find((one) => one.id === id);
  assert.ok(finding, `no finding "${id}"`);
  return finding;
}

function lines(finding: Finding): string {
  return finding.steps.map(stepLine).join('\n');
}

/** What is wrong with each recorded host, seen without an address, and with one. */
const expected: [name: string, faults: string[], address?: string][] = [
  ['supermicro-i350', []],
  ['supermicro-i350', [], '0000:05:10.4'],
  ['supermicro-i350', ['physical-function 0000:05:00.0'], '0000:05:00.0'],
  ['supermicro-i350', ['no-device 0000:05:11.0'], '0000:05:11.0'],
  ['dell-i350-igbvf', ['not-bound 0000:02:10.3']],
  ['dell-i350-igbvf', ['not-bound 0000:02:10.7'], '0000:02:10.7'],
  ['hpe-i350-rmrr', ['fixed-mapping 0000:03:10.0']],
  ['apu2-i210', ['no-nic null']],
  ['apu2-i210', ['unsupported-device 0000:01:00.0'], '0000:01:00.0'],
  ['qemu-82576-no-iommu', ['no-iommu 0000:01:10.0']],
  ['tiny-i350-no-acs', ['group-not-viable 0000:01:10.0']],
  ['kubernetes-pod', ['resource-absent null']],
  ['kubernetes-pod', ['group-node 0000:5e:10.4', 'resource-absent null'], '0000:5e:10.4'],
  ['vm-with-vf', []],
  ['vm-no-iommu-mode', ['no-iommu-mode 0000:00:05.0', 'unsafe-no-iommu null']],
  ['raspberry-pi-i350', ['no-vfs 0001:01:00.0']],
  ['x58-82576-no-remapping', ['no-interrupt-remapping 0000:04:10.0']],
  ['82576-pf-in-vfio', ['vf-token 0000:07:10.0']],
  ['82576-pf-down', ['pf-down 0000:09:10.0', 'port-vlan 0000:09:10.0'], '0000:09:10.0'],
  ['82576-pf-down', ['pf-down 0000:09:10.2', 'vf-link-disabled 0000:09:10.2'], '0000:09:10.2'],
  ['held-by-qemu', ['group-busy 0000:05:10.0']],
  ['held-by-qemu', ['group-busy 0000:05:10.0'], '0000:05:10.0'],
  ['held-by-qemu', [], '0000:05:10.4'],
  ['epyc-iommu-off', ['no-iommu 0000:41:10.0']],
  ['firmware-iommu-off', ['no-iommu 0000:02:10.0']],
  ['small-memlock', ['memlock 0000:05:10.0']],
  ['no-nic', ['no-nic null']],
  ['e810-256-vfs', ['no-nic null']],
  ['e810-256-vfs', ['unsupported-device 0000:5e:01.0'], '0000:5e:01.0'],
];

describe('The doctor', () => {
  for (const [name, wanted, address] of expected) {
    const what = wanted.length === 0 ? 'nothing' : wanted.map((one) => one.split(' ')[0]).join(' and ');
    it(`finds ${what} wrong on ${name}${address === undefined ? '' : `, at ${address}`}`, async () => {
      const diagnosis = await examine(name, address);
      assert.deepEqual(faults(diagnosis).sort(), [...wanted].sort());
      assertValid(validate, diagnosis);
      assert.equal(diagnosis.healthy, !diagnosis.findings.some(({ severity }) => severity === 'error'));
      for (const finding of diagnosis.findings) {
        assert.ok(finding.evidence !== '' && finding.why !== '' && finding.steps.length > 0, finding.id);
        for (const step of finding.steps) assert.ok(stepLine(step).length > 10, finding.id);
      }
    });
  }

  it('is tried on every recorded host', () => {
    const tried = new Set(expected.map(([name]) => name));
    assert.deepEqual(
      recordedHosts.filter((name) => !tried.has(name)),
      [],
    );
  });

  it('calls a machine healthy on which one of its VFs is free', async () => {
    const diagnosis = await examine('held-by-qemu');
    assert.equal(found(diagnosis, 'group-busy').severity, 'warning');
    assert.equal(diagnosis.healthy, true);
    assert.equal((await examine('held-by-qemu', '0000:05:10.0')).healthy, false);
  });

  it('says which commands bind a VF, as data and for people', async () => {
    const finding = found(await examine('dell-i350-igbvf'), 'not-bound');
    const device = '/sys/bus/pci/devices/0000:02:10.3';
    assert.deepEqual(finding.steps[0]?.commands, [
      { program: ['modprobe', 'vfio-pci'] },
      { path: `${device}/driver_override`, text: 'vfio-pci' },
      { path: `${device}/driver/unbind`, text: '0000:02:10.3' },
      { path: '/sys/bus/pci/drivers_probe', text: '0000:02:10.3' },
    ]);
    assert.match(lines(finding), /^run: sudo modprobe vfio-pci && echo vfio-pci \| sudo tee \/sys/);
    assert.deepEqual([finding.code, finding.fixable], ['ERR_PMD_NOT_BOUND', true]);
  });

  it('says how to get an IOMMU: by the machine, the firmware and the command line', async () => {
    const advice = async (name: string) => lines(found(await examine(name), 'no-iommu'));
    assert.match(await advice('qemu-82576-no-iommu'), /virtual machine.*intel-iommu,intremap=on/);
    assert.match(await advice('epyc-iommu-off'), /told to leave the IOMMU off/);
    assert.match(await advice('firmware-iommu-off'), /enable VT-d/);
  });

  it('names the process that holds a VF, and the devices that share its group', async () => {
    assert.match(found(await examine('held-by-qemu'), 'group-busy').evidence, /pid 4242 \(qemu-system-x86\)/);
    const { evidence } = found(await examine('tiny-i350-no-acs'), 'group-not-viable');
    assert.match(evidence, /0000:01:00.0 \(igb\), 0000:01:00.1 \(igb\)$/);
  });

  it('says by how much the limit of locked memory is too small', async () => {
    const diagnosis = await examine('small-memlock', undefined, { poolBytes: 8 << 20 });
    assert.match(lines(found(diagnosis, 'memlock')), /LimitMEMLOCK=8192K/);
    assert.deepEqual(faults(await examine('small-memlock', undefined, { poolBytes: 65536 })), []);
  });

  it('names the interface of the PF in each command', async () => {
    const diagnosis = await examine('82576-pf-down', '0000:09:10.0');
    const commands = (id: string) => found(diagnosis, id).steps.flatMap((step) => step.commands);
    assert.deepEqual(commands('pf-down'), [{ program: ['ip', 'link', 'set', 'dev', 'ens9f0', 'up'] }]);
    const untag = ['ip', 'link', 'set', 'dev', 'ens9f0', 'vf', '0', 'vlan', '0'];
    assert.deepEqual(commands('port-vlan'), [{ program: untag }]);
  });

  it('tells of an MTU that the PF does not allow', async () => {
    const diagnosis = await examine('supermicro-i350', '0000:05:10.0', { mtu: 9000 });
    assert.deepEqual(faults(diagnosis), ['pf-mtu 0000:05:10.0']);
  });

  it('compares what the plugin says of a device with what it is', async () => {
    const examined = async (info: string) => {
      using recorded = new RecordedHost('vm-with-vf');
      recorded.add('env PCIDEVICE_INTEL_COM_VF=0000:06:00.0');
      recorded.add(`env PCIDEVICE_INTEL_COM_VF_INFO=${info}`);
      return await diagnose(undefined, { host: recorded.host });
    };
    for (const key of ['dev-mount', 'vfio-dev-mount']) {
      const info = (node: string) =>
        `{"0000:06:00.0":{"vfio":{"${key}":"${node}","mount":"/dev/vfio/vfio"}}}`;
      assert.deepEqual(faults(await examined(info('/dev/vfio/11'))), []);
      const diagnosis = await examined(info('/dev/vfio/314'));
      assert.deepEqual(faults(diagnosis), ['resource-mismatch null']);
      assert.match(
        found(diagnosis, 'resource-mismatch').evidence,
        /node \/dev\/vfio\/314, and here .* is 11$/,
      );
    }
    for (const text of ['{', '3', 'null', '"a"'])
      assert.deepEqual(faults(await examined(text)), ['resource-mismatch null']);
    for (const text of ['{}', '{"0000:06:00.0":3}', '{"0000:06:00.0":{"vfio":{"dev-mount":7}}}'])
      assert.deepEqual(faults(await examined(text)), []);
  });

  it('notes what costs time', async () => {
    using recorded = new RecordedHost('supermicro-i350');
    recorded.add('file /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor powersave');
    recorded.add('file /sys/devices/system/cpu/isolated ');
    recorded.add('file /sys/devices/system/clocksource/clocksource0/current_clocksource hpet');
    recorded.add('file /sys/devices/system/clocksource/clocksource0/available_clocksource tsc hpet acpi_pm');
    recorded.add('file /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 0');
    recorded.add('file /sys/devices/system/node/node0/cpulist 0-7');
    recorded.add('file /proc/self/status Name:\\tnode\\nCpus_allowed_list:\\t8-15\\n');
    recorded.add('file /sys/module/vfio_iommu_type1/parameters/dma_entry_limit 16');
    const { findings, healthy } = await diagnose('0000:05:10.0', { host: recorded.host });
    assert.deepEqual(
      findings.map(({ id }) => id),
      [
        'dma-entry-limit',
        'spoof-check',
        'assigned-mac',
        'far-node',
        'huge-pages',
        'cpu-governor',
        'clock-source',
        'no-isolation',
      ],
    );
    assert.equal(healthy, true);
  });

  it('has an explanation of every finding in docs/devices.md', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/devices.md'), 'utf8');
    const sources = ['src/devices/function-checks', 'src/devices/machine-checks', 'src/devices/kubernetes']
      .concat(['src/devices/diagnose'])
      .map((file) => `${file}.ts`)
      .concat(['native/pci/diagnosis.cc', 'native/vfio/findings.cc', 'native/vfio/refusals.cc']);
    const ids = sources.flatMap((file) => {
      const source = readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
      return [...source.matchAll(/\bid(?:: '| = ")([a-z-]+)['"]/g)].map(([, id]) => id!);
    });
    assert.ok(ids.length > 25, `${ids.length}`);
    assert.deepEqual(
      ids.filter((id) => !page.includes(`| \`${id}\` |`)),
      [],
    );
  });

  it('refuses what is no PCI address, and options that are wrong', async () => {
    for (const address of ['eth0', '../../etc', '0000:05:10.*', '0000:05:10.0 ', '', '\u001b[31m'])
      await assert.rejects(diagnose(address), pmdError('ERR_PMD_ADDRESS', /lspci -D/));
    await assert.rejects(diagnose(undefined, { mtu: 0 }), pmdError('ERR_PMD_INVALID_ARGUMENT', /mtu/));
    const wrong = { address: 'a' } as DiagnoseOptions;
    await assert.rejects(diagnose(undefined, wrong), pmdError('ERR_PMD_INVALID_ARGUMENT', /no option/));
    const host = { root: '/' } as Host;
    await assert.rejects(diagnose(undefined, { host }), pmdError('ERR_PMD_INVALID_ARGUMENT', /pass a Host/));
  });

  it('examines this machine by default', async () => {
    assertValid(validate, await diagnose());
  });
});
