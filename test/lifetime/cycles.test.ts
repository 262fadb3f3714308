import assert from 'node:assert/strict';
import { run } from '../support/child.ts';
import { limitMs } from '../support/limits.ts';
import type { ProcessSize } from '../support/process-size.ts';
import { scaled } from '../support/scale.ts';

describe('again and again', () => {
  for (const [what, count] of [
    ['ports', scaled('cycles of ports', 100)],
    ['workers', scaled('cycles of workers', 50)],
  ] as const) {
    it(`${2 * count} cycles of ${what} leak nothing`, async function () {
      this.timeout(limitMs(300 + 4 * count));
      const { code, signal, stdout, stderr } = await run('cycles-program.ts', what, `${count}`);
      assert.deepEqual(
        { code, signal, stderr: stderr.replace(/^.*(PMD_FRAMES_HELD|trace-warnings).*\n/gm, '') },
        { code: 0, signal: null, stderr: '' },
      );
      const [warm, end] = JSON.parse(stdout) as [ProcessSize, ProcessSize & { application: number }];
      assert.equal(end.descriptors, warm.descriptors);
      assert.equal(end.threads, warm.threads);
      assert.equal(end.regions, warm.regions);
      assert.equal(end.application, 0);
      const growth = end.resident - warm.resident;
      assert.ok(growth < 32 << 20, `${growth} bytes more after the second half`);
    });
  }
});
