import assert from 'node:assert/strict';
import { diagnose } from '../../../src/devices/index.ts';
import { openPort } from '../../../src/index.ts';
import { assertDocumented, assertMatches, rejection } from '../support/documented.ts';
import { guestSuite } from '../support/suite.ts';

guestSuite('a machine without an IOMMU', () => {
  it('is refused, and told what to switch on', async () => {
    const address = process.env['VF0'] ?? '';
    const error = await rejection(openPort(address));
    assertDocumented('no IOMMU', error);
    assertMatches(error, { address, hint: /intel_iommu=on/ });
  });

  it('is all that the doctor finds wrong', async () => {
    const { findings, healthy } = await diagnose();
    const faults = findings.filter(({ severity }) => severity !== 'note');
    assert.deepEqual(
      faults.map(({ id }) => id),
      ['no-iommu'],
    );
    assert.equal(healthy, false);
  });
});
