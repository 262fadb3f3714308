import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe as describeValue, nativeErrorCodes } from '../../src/core/errors.ts';
import { CallSlot } from '../../src/core/layout.ts';
import { addon, call, refusal } from '../../src/core/native.ts';
import { createPool, openPort, PmdError } from '../../src/index.ts';

describe('errors', () => {
  it('have the codes that the addon lists, each with a summary', () => {
    const listed = addon.errorCodes();
    assert.deepEqual(Object.keys(listed), [...nativeErrorCodes]);
    for (const [code, summary] of Object.entries(listed)) {
      assert.match(code, /^ERR_PMD_[A-Z_]+$/);
      assert.ok(summary.length > 10, code);
    }
    assert.equal(new Set(nativeErrorCodes).size, nativeErrorCodes.length);
  });

  it('carry their details, and say what to do in the message', () => {
    const error = new PmdError('ERR_PMD_ACCESS', 'no', {
      hint: 'ask',
      address: 'emu:a',
      errno: 13,
      syscall: 'open',
    });
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'PmdError');
    assert.equal(error.message, 'emu:a: no (ask)');
    const { code, hint, address, errno, syscall } = error;
    assert.deepEqual([code, hint, address, errno, syscall], ['ERR_PMD_ACCESS', 'ask', 'emu:a', 13, 'open']);
    assert.match(error.stack ?? '', /errors\.test\.ts/);
    assert.equal(
      new PmdError('ERR_PMD_CLOSED', 'emu:a is closed', { address: 'emu:a' }).message,
      'emu:a is closed',
    );
    assert.equal(new PmdError('ERR_PMD_CLOSED', 'closed').hint, undefined);
  });

  it('print what they have, and nothing that they do not have', () => {
    const text = inspect(new PmdError('ERR_PMD_CLOSED', 'no', { hint: 'open it' }));
    assert.match(text, /hint: 'open it'/);
    assert.doesNotMatch(text, /undefined|errno|syscall|address/);
  });

  it('have the stack of whoever awaits what takes its time', async () => {
    async function myProgram(fail: () => Promise<unknown>): Promise<void> {
      await fail();
    }
    for (const fail of [
      () => openPort('emu:'),
      () => createPool({ buffers: 1 << 20, hugePages: 'require' }),
    ]) {
      await assert.rejects(myProgram(fail), (error: Error) => {
        assert.match(error.stack ?? '', /at async myProgram/);
        return true;
      });
    }
  });

  it('name the entry that a burst call refused', () => {
    call[CallSlot.entry] = 2;
    const burst = { indices: Uint32Array.of(5, 6, 77) };
    assert.match(refusal(-4, burst).message, /entry 2 .*77/);
    assert.match(refusal(-5, burst).message, /entry 2 .*77/);
    assert.equal(refusal(-99, burst).code, 'ERR_PMD_INTERNAL');
    for (const result of [-1, -2, -3, -4, -5]) assert.ok(refusal(result, burst, 'emu:a').hint);
  });

  it('show any value without trusting it', () => {
    const hostile = {
      toString() {
        throw new Error('no');
      },
      get [Symbol.toStringTag](): string {
        throw new Error('no');
      },
      toJSON() {
        throw new Error('no');
      },
    };
    for (const value of [
      hostile,
      [hostile],
      () => hostile,
      Symbol('s'),
      1n,
      -0,
      Number.NaN,
      Object.create(null),
      new Proxy(
        {},
        {
          get() {
            throw new Error('no');
          },
        },
      ),
    ]) {
      assert.equal(typeof describeValue(value), 'string');
    }
    assert.ok(describeValue('x'.repeat(1e6)).length < 100);
    assert.equal(describeValue('\x1b\n\0'), '"\\u001b\\n\\u0000"');
  });
});
