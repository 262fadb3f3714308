import assert from 'node:assert/strict';
import * as layout from '../../src/core/layout.ts';
import { addon } from '../../src/core/native.ts';

describe('The layout that TypeScript and C++ share', () => {
  const mine: Record<string, unknown> = {
    callBlock: layout.CallSlot,
    header: layout.HeaderWord,
    columns: layout.ColumnBit,
    rxFlags: layout.RxFlag,
    txRequests: layout.TxRequest,
    refusals: layout.Refusal,
    limits: layout.Limit,
    dataRooms: [...layout.dataRooms],
    strides: layout.strides,
  };

  for (const [part, numbers] of Object.entries(addon.layout())) {
    it(`has the same ${part} on both sides`, () => {
      assert.deepEqual(numbers, mine[part]);
    });
  }

  it('has no part on one side alone', () => {
    assert.deepEqual(Object.keys(addon.layout()).sort(), Object.keys(mine).sort());
  });
});
