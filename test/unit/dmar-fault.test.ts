import assert from 'node:assert/strict';
import { parseDmarFault } from '../guest/support/kernel-log.ts';

describe("the guest kernel's report of a DMA access that the IOMMU stopped", () => {
  const fault = { kind: 'Write', device: '0000:01:10.0', at: 0x2000001000n };
  for (const [kernel, line] of [
    [
      '5.10',
      'DMAR: [DMA Write] Request device [01:10.0] PASID ffffffff fault addr 2000001000 [fault reason 05]',
    ],
    [
      '6.1',
      '[   41.1] DMAR: [DMA Write NO_PASID] Request device [01:10.0] fault addr 0x2000001000 [fault reason 0x05] PTE Write access is not set',
    ],
    [
      '7.3',
      '[   41.1] DMAR: [DMA Write NO_PASID] Request device [0000:01:10.0] fault addr 0x2000001000 [fault reason 0x05] PTE Write access is not set',
    ],
  ] as const) {
    it(`is understood as Linux ${kernel} words it`, () => {
      assert.deepEqual(parseDmarFault(line), fault);
    });
  }

  it('is not mistaken for the line before it', () => {
    assert.equal(parseDmarFault('DMAR: DRHD: handling fault status reg 2'), undefined);
  });
});
