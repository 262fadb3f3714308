import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceList, Diagnosis, PhysicalFunction } from '../../src/devices/index.ts';
import { openPort } from '../../src/index.ts';
import { untilSeen } from '../support/until.ts';
import { groupNode, Nic, unbind } from './support/nic.ts';
import { clean } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { transfer } from './support/transfer.ts';

const main = join(import.meta.dirname, '../../src/cli/main.js');
const nobody = [
  ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
  ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'],
];

/** Runs pmd-bench with `--json`, after a command that runs it. */
function pmdBench(
  args: readonly string[],
  before: readonly string[] = [],
): { status: number | null; document: unknown } {
  const [program, ...rest] = [...before, process.execPath, main, ...args, '--json'];
  const { status, stdout, stderr } = spawnSync(program!, rest, { encoding: 'utf8' });
  assert.notEqual(stdout, '', stderr);
  return { status, document: JSON.parse(stdout) };
}

function doctor(args: readonly string[] = [], before: readonly string[] = []): Diagnosis {
  const { status, document } = pmdBench(['doctor', ...args], before);
  const diagnosis = document as Diagnosis;
  assert.equal(status, diagnosis.healthy ? 0 : 1);
  return diagnosis;
}

/** Findings that are no notes. */
function faults({ findings }: Diagnosis): string[] {
  return findings.filter(({ severity }) => severity !== 'note').map(({ id }) => id);
}

/** Does what the first error says, and nothing else. */
function obey({ findings }: Diagnosis): string {
  const [first] = findings;
  const commands = first!.steps.flatMap((step) => step.commands);
  assert.ok(commands.length > 0, `${first!.id}: ${first!.evidence}`);
  for (const command of commands) {
    if ('program' in command) execFileSync(command.program[0]!, command.program.slice(1));
    else writeFileSync(command.path, command.text);
  }
  return first!.id;
}

/** No VF, and the PF down: as after a boot. */
async function undoAll(nic: Nic): Promise<void> {
  await nic.setVfs(0);
  await nic.down();
}

async function assertFramesFlow(nic: Nic): Promise<void> {
  await untilSeen("the PF's carrier", () => nic.hasCarrier());
  const [a, b] = [await openPort(nic.vf(0)), await openPort(nic.vf(1))];
  assert.deepEqual(await transfer(a, b, 1000), clean(1000));
  await Promise.all([a.close(), b.close()]);
}

guestSuite('the doctor', () => {
  const nic = () => Nic.ofGuest();
  const address = () => nic().vf(0);
  const vf = (...args: string[]) => nic().ip('link', 'set', nic().interface, 'vf', '0', ...args);

  it('finds nothing wrong with what works', () => {
    assert.deepEqual(faults(doctor()), []);
    assert.deepEqual(faults(doctor([address()])), []);
  });

  it('names a VLAN of the PF, and its command takes it away', async () => {
    await vf('vlan', '100');
    const diagnosis = doctor([address()]);
    assert.deepEqual(faults(diagnosis), ['port-vlan']);
    assert.match(diagnosis.findings[0]!.evidence, /VLAN 100/);
    assert.equal(obey(diagnosis), 'port-vlan');
    assert.deepEqual(faults(doctor([address()])), []);
  });

  it('names a PF that is down, and openPort fails with that finding', async () => {
    await nic().down();
    const diagnosis = doctor([address()]);
    assert.deepEqual(faults(diagnosis), ['pf-down']);
    await assert.rejects(openPort(address()), (error: { finding?: { id: string; steps: unknown } }) => {
      assert.equal(error.finding?.id, 'pf-down');
      assert.deepEqual(error.finding.steps, diagnosis.findings[0]!.steps);
      return true;
    });
    assert.equal(obey(diagnosis), 'pf-down');
    await nic().carrier();
    assert.deepEqual(faults(doctor([address()])), []);
  });

  it('names the process that has the VF open', async () => {
    const port = await openPort(address());
    try {
      const diagnosis = doctor([address()]);
      assert.deepEqual(faults(diagnosis), ['group-busy']);
      assert.match(diagnosis.findings[0]!.evidence, new RegExp(`pid ${process.pid} \\(`));
    } finally {
      await port.close();
    }
  });

  it('sees with the eyes of its user: nodes and the limit of locked memory', () => {
    const plenty = ['prlimit', '--memlock=67108864:67108864', ...nobody];
    assert.deepEqual(faults(doctor([address()], plenty)), ['group-node']);
    const node = groupNode(address());
    const { mode } = statSync(node);
    chmodSync(node, 0o666);
    try {
      const limited = ['prlimit', '--memlock=1048576:1048576', ...nobody];
      assert.deepEqual(faults(doctor([address()], limited)), ['memlock']);
      assert.deepEqual(faults(doctor([address()], plenty)), []);
    } finally {
      chmodSync(node, mode & 0o777);
    }
  });

  it('names a VF without a driver, and its commands bind it', async () => {
    await unbind(address());
    const diagnosis = doctor([address()]);
    assert.deepEqual(faults(diagnosis), ['not-bound']);
    await assert.rejects(openPort(address()), (error: { finding?: { id: string } }) => {
      return error.finding?.id === 'not-bound';
    });
    assert.equal(obey(diagnosis), 'not-bound');
    assert.deepEqual(faults(doctor([address()])), []);
  });

  it('leads from nothing to frames by its own commands', async () => {
    await undoAll(nic());
    const done = [];
    let diagnosis = doctor();
    while (!diagnosis.healthy && done.length < 10) {
      done.push(obey(diagnosis));
      diagnosis = doctor();
    }
    assert.deepEqual(done, ['no-vfs', 'not-bound', 'pf-down']);
    // The second VF, to have somebody to send to.
    obey(doctor([nic().vf(1)]));
    await assertFramesFlow(nic());
  });

  it('leads there in one command', async () => {
    await undoAll(nic());
    const { status, document } = pmdBench(['doctor', '--fix', '--yes']);
    assert.equal(status, 0);
    assert.equal((document as Diagnosis).healthy, true);
    assert.equal(pmdBench(['doctor', nic().vf(1), '--fix', '--yes']).status, 0);
    await assertFramesFlow(nic());
    await nic().assignMacs();
  });
});

guestSuite('pmd-bench devices', () => {
  it('shows the PF, its VFs and what they may do', async () => {
    const nic = Nic.ofGuest();
    const { document } = pmdBench(['devices']);
    const { devices } = document as DeviceList;
    const pf = devices.find((device) => device.address === nic.pf) as PhysicalFunction;
    assert.deepEqual([pf.kind, pf.id, pf.driver, pf.totalVfs], ['pf', '8086:10c9', 'igb', 7]);
    assert.equal(pf.interfaces[0]?.name, nic.interface);
    assert.deepEqual(
      pf.vfs.map(({ address, driver, supported, settings }) => [address, driver, supported, settings?.mac]),
      [0, 1].map((n) => [nic.vf(n), 'vfio-pci', true, nic.vfMac(n)]),
    );
    const { settings, group } = pf.vfs[0]!;
    assert.deepEqual([settings?.spoofCheck, settings?.trust, settings?.vlan], [true, false, null]);
    assert.equal(group?.node, groupNode(nic.vf(0)));
  });
});
