import assert from 'node:assert/strict';
import { dmarFaults, markKernelLog } from './kernel-log.ts';
import { Nic } from './nic.ts';
import { repair } from './repair.ts';

const reason = 'needs a guest: node --import tsx test/guest/run.ts';

/** A suite that needs the lab's guest; elsewhere its tests are skipped, and its title says why. */
export function needsGuest(name: string, body: (this: Mocha.Suite) => void): void {
  if (process.env['VF0'] !== undefined) describe(name, body);
  else describe.skip(`${name} [${reason}]`, body);
}

/**
 * A suite for the guest that ends with a gate: a wrong DMA address is silent to a program, and only the guest's kernel
 * tells. Each of its tests finds the VFs as the lab has made them, whatever the test before it has come to.
 */
export function guestSuite(name: string, body: (this: Mocha.Suite) => void): void {
  needsGuest(name, function () {
    before(async () => {
      markKernelLog(name);
      await repair();
      await Nic.ofGuest().assignMacs(); // the conformance suite takes them away
    });
    let hasFailed = false;
    beforeEach(async () => {
      if (hasFailed) await repair();
      hasFailed = false;
    });
    body.call(this);
    afterEach(function () {
      hasFailed = this.currentTest?.state === 'failed';
    });
    it('made no DMAR fault', () => {
      assert.deepEqual(dmarFaults(name), []);
    });
  });
}
