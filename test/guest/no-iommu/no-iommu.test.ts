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
});
