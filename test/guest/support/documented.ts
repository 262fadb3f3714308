import assert from 'node:assert/strict';
import { rows } from '../../package/errors/rows.ts';

const function_ = /\b[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d\b/g;
const listOfFunctions = /FUNCTION \([\w-]+\)(, FUNCTION \([\w-]+\))*/g;
const id = /\b[0-9a-f]{4}:[0-9a-f]{4}\b/g;

/** A message without what differs from machine to machine: addresses, which functions there are, and numbers. */
function shape(message: string): string {
  return message
    .replaceAll(function_, 'FUNCTION')
    .replaceAll(listOfFunctions, 'FUNCTIONS')
    .replaceAll(id, 'ID')
    .replaceAll(/\d+/g, 'N');
}

/** Demands that the library said what docs/errors.md shows as the example of a row. */
export function assertDocumented(what: string, { code, message }: { code: string; message: string }): void {
  const row = rows.find((candidate) => candidate.what === what);
  assert.ok(row?.example, `docs/errors.md has no example of "${what}"`);
  assert.equal(code, row.code);
  assert.equal(shape(message), shape(row.example), `test/package/errors/rows.ts: "${what}"`);
}

/** As assert.rejects compares an error with an object that has regular expressions. */
export function assertMatches(error: Error, expected: Record<string, unknown>): void {
  assert.throws(() => {
    throw error;
  }, expected);
}

/** What the promise is rejected with; for {@link assertDocumented} and more. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new assert.AssertionError({ message: 'it did not fail' });
}
