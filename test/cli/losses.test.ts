import assert from 'node:assert/strict';
import { runPmdBench } from './support/child.ts';

describe('frames that go astray have a line below the table:', () => {
  it('those that reach nobody, with what to do', async () => {
    const { code, stdout } = await runPmdBench(['tx', 'emu:alone', '--packets', '100']);
    assert.equal(code, 0);
    assert.match(
      stdout.replace(/\s+/g, ' '),
      /emu:alone: 100 frames reached nobody: the far end is not open\. Name it/,
    );
  });

  it('those that are longer than the MTU', async () => {
    const { stdout } = await runPmdBench(['rx', 'emu:a,peer=flood,size=1600,rate=1k', '--duration', '200ms']);
    assert.match(stdout.replace(/\s+/g, ' '), /emu:a: [\d ]+ frames were not taken: .*MTU/);
  });

  it('and no other', async () => {
    const { stdout } = await runPmdBench(['rx', 'emu:a,peer=flood', '--packets', '100']);
    assert.doesNotMatch(stdout, /nobody|not taken/);
  });
});
