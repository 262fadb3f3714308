import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { Diary, inject, onRig } from './support/rig.ts';

// Node's pool has four threads, for files, names and whatever else an application has waiting. None of them may wait for
// a device: not even more requests than there are threads.
const requests = 5;

describe('a port that keeps its callers waiting', () => {
  it(
    "keeps none of Node's threads from its work meanwhile, nor other ports from closing",
    onRig(async (rig) => {
      const [port, other] = [await rig.flood(), await rig.flood()];
      const diary = new Diary(port);
      inject(port, 'pf-down');
      await diary.told('recovering');
      let settled = 0;
      const asked = Array.from({ length: requests }, async (_, i) => {
        await (i % 2 === 0 ? port.refresh() : port.setMtu(1400));
        settled++;
      });
      const all = Promise.all(asked);
      await Promise.all([stat('.'), other.close()]);
      assert.equal(settled, 0, 'the port has recovered by itself');
      inject(port, 'pf-up');
      await all;
      assert.equal(port.mtu, 1400);
    }),
  );
});
