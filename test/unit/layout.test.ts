import assert from 'node:assert/strict';
import * as layout from '../../src/core/layout.ts';
import { addon } from '../../src/core/native.ts';
import type { PortStats, RxQueueStats, TxQueueStats } from '../../src/index.ts';
import { closing, freshAddress } from '../support/ports.ts';

describe('The layout that TypeScript and C++ share', () => {
  const mine: Record<string, unknown> = {
    callBlock: layout.CallSlot,
    dealBlock: layout.DealSlot,
    header: layout.HeaderWord,
    columns: layout.ColumnBit,
    columnBytes: layout.columnBytes,
    headerColumns: layout.headerColumnBytes,
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

  it(
    'has the counters of the types on the other side',
    closing(async (open) => {
      // The compiler demands each counter of the type here, and no other.
      const rx: Record<keyof RxQueueStats, true> = {
        ...{ packets: true, bytes: true, errors: true, oversize: true, malformed: true, noBuffer: true },
      };
      const tx: Record<keyof TxQueueStats, true> = {
        packets: true,
        bytes: true,
        ringFull: true,
        unsent: true,
      };
      const device: Record<keyof PortStats['device'], true> = {
        ...{ rxPackets: true, rxBytes: true, rxMulticast: true, rxMissed: true, rxFiltered: true },
        ...{ txPackets: true, txBytes: true, txUndelivered: true },
      };
      const stats = (await open.port(freshAddress())).stats();
      const names = (counters: object) => Object.keys(counters).sort();
      assert.deepEqual(names(stats.rxQueues[0]!), names(rx));
      assert.deepEqual(names(stats.txQueues[0]!), names(tx));
      assert.deepEqual(names(stats.device), names(device));
    }),
  );

  it('has no part on one side alone', () => {
    assert.deepEqual(Object.keys(addon.layout()).sort(), Object.keys(mine).sort());
  });
});
