import assert from 'node:assert/strict';
import { applyFix, commandLine, type Finding, Host, stepLine } from '../../src/devices/index.ts';
import { pmdError } from '../support/errors.ts';

const invalid = pmdError('ERR_PMD_INVALID_ARGUMENT');
const any = (value: unknown) => value as never;
/** Who makes a text of it never ends. */
const endless = Object.assign([], { length: 2 ** 32 - 1 });

describe('vfio-pmd/devices, given hostile values', () => {
  it('makes no host of what is none', () => {
    const wrong = [null, 7, [], { root: 5 }, { root: '' }, { root: endless }, { rot: '/' }];
    for (const options of [...wrong, { interfaces: 1 }, { environment: null }])
      assert.throws(() => new Host(any(options)), invalid);
  });

  it('reads no path that is no text', () => {
    const host = new Host();
    for (const path of [endless, 7, null, undefined, Symbol('x'), 'a\0b'].map(any))
      for (const look of ['text', 'number', 'link', 'linkName', 'names'] as const)
        assert.throws(() => host[look](path), invalid);
    assert.throws(() => host.shown(any(endless)), invalid);
  });

  it('shows no command that is none', () => {
    const wrong = [
      null,
      {},
      [],
      { program: [] },
      { program: [endless] },
      { program: endless },
      { path: '/x' },
    ];
    for (const command of wrong) {
      assert.throws(() => commandLine(any(command)), invalid);
      assert.throws(() => stepLine({ text: 'x', commands: [any(command)] }), invalid);
    }
    for (const step of [null, {}, { text: 'x' }, { text: 7, commands: [] }])
      assert.throws(() => stepLine(any(step)), invalid);
  });

  it('runs nothing of a finding that has one command that is none', async () => {
    const host = new Host({ root: '/nowhere' });
    for (const finding of [null, {}, { steps: endless }, { steps: [null] }, { steps: [{ commands: [{}] }] }])
      await assert.rejects(applyFix(any(finding), host), invalid);
    const writes = { path: '/there/is/none', text: 'x' };
    const half = { steps: [{ text: 'x', commands: [writes, { program: 7 }] }] } as unknown as Finding;
    await assert.rejects(applyFix(half, host), invalid);
    await assert.rejects(applyFix({ steps: [] } as unknown as Finding, any(null)), invalid);
  });
});
