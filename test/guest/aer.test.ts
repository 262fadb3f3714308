import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { injectAerError } from './support/aer.ts';
import { enough, onPair, recovered } from './support/pair.ts';
import { guestSuite } from './support/suite.ts';

/** Whether MSI-X is on, says configuration space. Its place there is that of QEMU's model. */
function hasInterrupts(address: string): boolean {
  const messageControl = readFileSync(`/sys/bus/pci/devices/${address}/config`).readUInt16LE(0x72);
  return (messageControl & 0x8000) !== 0;
}

guestSuite('an error that AER reports', () => {
  for (const victim of ['VF', 'PF'] as const) {
    it(
      `non-fatal, of the ${victim}: the ports run on`,
      onPair(async (pair, nic) => {
        await injectAerError(victim === 'VF' ? nic.vf(0) : nic.pf, 'non-fatal');
        await pair.exchange.passes(5 * enough);
        assert.equal(pair.states, 'running, running');
      }),
    );

    // the kernel resets all that is behind the root port, and igb makes its PF anew
    it(
      `fatal, of the ${victim}: the ports recover by themselves`,
      onPair(async (pair, nic) => {
        await injectAerError(victim === 'VF' ? nic.vf(0) : nic.pf, 'fatal');
        await recovered(pair, pair.logs);
        assert.equal(pair.states, 'running, running');
        for (const n of [0, 1]) assert.ok(hasInterrupts(nic.vf(n)), `MSI-X of VF ${n} is off`);
      }),
    );
  }
});
