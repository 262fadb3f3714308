import assert from 'node:assert/strict';
import { openPort } from '../../../src/index.ts';
import { guestSuite } from '../support/suite.ts';

guestSuite('a machine without an IOMMU', () => {
  it('is refused, and told what to switch on', async () => {
    const address = process.env['VF0'] ?? '';
    await assert.rejects(openPort(address), {
      name: 'PmdError',
      code: 'ERR_PMD_NO_IOMMU',
      address,
      message: /in no IOMMU group/,
      hint: /intel_iommu=on/,
    });
  });
});
