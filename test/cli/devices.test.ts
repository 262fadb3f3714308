import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDevices } from '../../src/cli/devices.ts';
import { formatDiagnosis } from '../../src/cli/doctor.ts';
import { diagnose, listDevices } from '../../src/devices/index.ts';
import { RecordedHost, recordedHosts } from '../devices/support/recorded.ts';
import { runPmdBench } from './support/child.ts';
import { assertValid, validatorOf } from './support/schema.ts';

describe('pmd-bench devices', () => {
  it('writes a document of its schema, and nothing else', async () => {
    const { code, stdout, stderr } = await runPmdBench(['devices', '--json']);
    assert.deepEqual([code, stderr], [0, '']);
    assertValid(validatorOf('pmd-bench-devices-1.json'), JSON.parse(stdout));
  });

  it('shows a tree: VFs below their PF', async () => {
    using recorded = new RecordedHost('82576-pf-down');
    assert.equal(
      formatDevices(await listDevices(recorded.host)),
      `0000:09:00.0  8086:10c9  igb  group 21  node 1  ens9f0 (down, MTU 1500)  2 of 7 VFs
├─ 0000:09:10.0*  8086:10ca  vfio-pci  group 51  node 1  VF 0  MAC 02:00:00:09:10:00  VLAN 100  spoof check on  trust off  link auto
└─ 0000:09:10.2*  8086:10ca  vfio-pci  group 52  node 1  VF 1  MAC of its own  spoof check off  trust on  link disable  at most 200 Mbit/s
`,
    );
  });

  it('shows who shares a group or holds it, and where there is no IOMMU', async () => {
    const text = async (name: string) => {
      using recorded = new RecordedHost(name);
      return formatDevices(await listDevices(recorded.host));
    };
    assert.match(await text('held-by-qemu'), /group 90 .*held by pid 4242 \(qemu-system-x86\)/);
    assert.match(
      await text('tiny-i350-no-acs'),
      /0000:01:10\.0\*.*group 2 with 0000:00:01\.0, 0000:01:00\.0, 0000:01:00\.1/,
    );
    assert.match(await text('raspberry-pi-i350'), /\n\nno IOMMU/);
    assert.match(await text('vm-with-vf'), /0000:06:00\.0\*.*its PF is not visible here/);
    assert.equal(await text('no-nic'), 'no network device on the PCI bus\n');
  });
});

describe('pmd-bench doctor', () => {
  it('writes a document of its schema; its exit status says whether there is an error', async () => {
    const { code, stdout, stderr } = await runPmdBench(['doctor', '--json']);
    assert.equal(stderr, '');
    const diagnosis = JSON.parse(stdout);
    assertValid(validatorOf('pmd-bench-doctor-1.json'), diagnosis);
    assert.equal(code, diagnosis.healthy ? 0 : 1);
  });

  it('fails for an address without a device, and says so', async () => {
    const { code, stdout } = await runPmdBench(['doctor', 'ffff:ff:1f.7']);
    assert.equal(code, 1);
    assert.match(stdout, /^error: there is no PCI device ffff:ff:1f\.7 \[no-device\]\n {2}A port needs/);
    assert.match(stdout, /\nFrames cannot flow \(ffff:ff:1f\.7\)\.\n$/);
  });

  it('refuses what is no address, and flags that do not go together', async () => {
    const wrong: [string[], RegExp][] = [
      [['../../etc/passwd'], /lspci -D/],
      [['0000:01:10.0\u001b[31m'], /lspci -D/],
      [['--yes'], /--yes belongs to --fix/],
      [['--fix'], /no terminal to ask: add --yes/],
      [['--mtu', '9999999'], /integer from 68 to 9216/],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await runPmdBench(['doctor', ...args]);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, message);
      assert.ok(!stderr.includes('\u001b[31m0'), stderr);
    }
  });

  it('shows nothing that a terminal obeys, whatever the tree says', async () => {
    for (const name of recordedHosts.filter((one) => one !== 'e810-256-vfs')) {
      using recorded = new RecordedHost(name);
      recorded.add('file /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor \u001b[2Jevil\u202e');
      recorded.add('env PCIDEVICE_EVIL=\u001b[2J,0000:ff:1f.7');
      recorded.add('link /proc/1/fd/3 /dev/vfio/90');
      writeFileSync(join(recorded.root, 'proc/1/comm'), '\u001b]0;evil\u0007');
      const { host } = recorded;
      const text =
        formatDevices(await listDevices(host)) + formatDiagnosis(await diagnose(undefined, { host }));
      assert.doesNotMatch(text, /[^\P{Cc}\n]|\p{Bidi_Control}/u);
      assert.match(text, /u001b\[2Jevil/);
    }
  });
});
