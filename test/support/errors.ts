import assert from 'node:assert/strict';
import { PmdError, type PmdErrorCode } from '../../src/index.ts';

/** For assert.throws and assert.rejects: a PmdError with this code that says what to do, and `pattern` in its message. */
export function pmdError(code: PmdErrorCode, pattern: RegExp = /./): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof PmdError, `not a PmdError but ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    assert.ok(error.hint, `${error.code} has no hint`);
    return true;
  };
}
