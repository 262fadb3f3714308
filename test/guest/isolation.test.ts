import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { openPort } from '../../src/index.ts';
import { dmarFaults, markKernelLog, parseDmarFault } from './support/kernel-log.ts';
import { Nic } from './support/nic.ts';
import { clean } from './support/stream.ts';
import { needsGuest } from './support/suite.ts';
import { transfer } from './support/transfer.ts';

// compiled, this file lies in build-guest/test/guest
const program = join(import.meta.dirname, '../../isolation');

// No guestSuite: here faults are what is wanted.
needsGuest('the IOMMU', () => {
  const cases = { never: 'that were never mapped', 'no-longer': 'of a port that was closed' };
  for (const [which, addresses] of Object.entries(cases)) {
    it(`stops a device that reaches for addresses ${addresses}: nothing moves, and the kernel knows`, () => {
      const name = `isolation ${which}`;
      markKernelLog(name);
      const nic = Nic.ofGuest();
      const { status, stdout, stderr } = spawnSync(program, [nic.vf(0), nic.vf(1), which]);
      assert.equal(status, 0, `${stdout}${stderr}`);
      const [begin, end] = stdout
        .toString()
        .trim()
        .split(' ')
        .map((hex) => BigInt(`0x${hex}`));
      const faults = dmarFaults(name).flatMap((line) => parseDmarFault(line) ?? []);
      assert.notEqual(faults.length, 0, 'the kernel has logged no fault');
      for (const { device, at } of faults) {
        assert.equal(device, nic.vf(0));
        assert.ok(at >= begin! && at < end!, `${at.toString(16)} is not in ${stdout}`);
      }
    });
  }

  it('lets the next port through', async () => {
    const nic = Nic.ofGuest();
    const [a, b] = [await openPort(nic.vf(0)), await openPort(nic.vf(1))];
    assert.deepEqual(await transfer(a, b, 1000), clean(1000));
    await Promise.all([a.close(), b.close()]);
  });
});
