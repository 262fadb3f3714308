import { types } from 'node:util';
import { describe, invalidArgument } from './errors.ts';

/** Refuses anything but an integer of a range; `name` is what the caller wrote. */
export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidArgument(`${name} is ${describe(value)}`, `use an integer from ${min} to ${max}`);
}

/** Refuses anything but 0, 1, 2, … up to what 32 bits hold; cheap enough for every burst. */
export function checkCount(name: string, value: unknown): number {
  if (typeof value === 'number' && value >>> 0 === value) return value;
  throw invalidArgument(`${name} is ${describe(value)}`, 'use a whole number from 0');
}

/** Refuses an entry that a burst of `count` frames has not. */
export function refuseEntry(i: unknown, count: number): never {
  throw invalidArgument(`entry ${describe(i)} of a burst of ${count} frames`, 'use 0 to count - 1');
}

/** Refuses a filter of frames that cannot be called. */
export function refuseFilter(keep: unknown): never {
  throw invalidArgument(
    `keep is ${describe(keep)}, not a function`,
    'pass one that returns true for the frames to keep: (burst, i) => burst.lengths[i] > 60',
  );
}

/** Refuses anything but true and false. */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidArgument(`${name} is ${describe(value)}`, 'use true or false');
}

/** Refuses anything but text of at most so many bytes. */
export function checkText(name: string, value: unknown, mostBytes: number): string {
  if (typeof value === 'string' && Buffer.byteLength(value) <= mostBytes) return value;
  throw invalidArgument(`${name} is ${describe(value)}`, `use text of at most ${mostBytes} bytes`);
}

/** Refuses anything but text that the kernel takes for a path. */
export function checkPath(name: string, value: unknown): string {
  const path = checkText(name, value, 4095);
  if (path !== '' && !path.includes('\0')) return path;
  throw invalidArgument(`${name} is ${describe(value)}`, 'use the path of a file');
}

/** Refuses anything but one of some words. */
export function checkOneOf<T extends string | number>(
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  if (choices.includes(value as T)) return value as T;
  const shown = choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : choice));
  throw invalidArgument(`${name} is ${describe(value)}`, `use one of ${shown.join(', ')}`);
}

/** Refuses anything but an object without unknown keys, so that a misspelt option is not silently ignored. */
export function checkOptions<T extends object>(
  name: string,
  value: T,
  known: readonly (keyof T & string)[],
): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(`${name} is ${describe(value)}`, `pass an object with any of ${known.join(', ')}`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key as keyof T & string));
  if (unknown !== undefined) {
    throw invalidArgument(`${name} has no option ${describe(unknown)}`, `it has ${known.join(', ')}`);
  }
  return value;
}

/**
 * Copies a list of at most `most` entries, so that what is checked is what is used: an array can lie about its length, and have
 * an iterator of its own.
 */
export function copyList<T>(name: string, value: readonly T[], most: number, hint: string): T[] {
  const length: unknown = Array.isArray(value) ? value.length : undefined;
  if (!(typeof length === 'number' && Number.isInteger(length) && length >= 0 && length <= most)) {
    throw invalidArgument(
      `${name} is ${Array.isArray(value) ? `a list of ${describe(length)}` : describe(value)}`,
      hint,
    );
  }
  const copy: T[] = [];
  for (let i = 0; i < length; i++) copy.push(value[i]!);
  return copy;
}

/** Whether a value can be a port's address. It is quoted in messages and logs. */
export function isAddress(value: string): boolean {
  return /^[\x21-\x7e]{1,256}$/.test(value);
}

/** What only this library passes to its constructors: their arguments come from the addon, and are not checked again. */
export const internal: unique symbol = Symbol('internal');

/** Refuses to make an object for anybody else. */
export function checkInternal(key: unknown, name: string, hint: string): void {
  if (key !== internal) throw invalidArgument(`${name} cannot be made with new`, hint);
}

const isAbortedSignal = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;

/** Refuses anything but an AbortSignal, also what only inherits from one. */
export function checkSignal(name: string, value: unknown): void {
  try {
    // A proxy may answer whatever it is asked, and what inherits has no state.
    if (types.isProxy(value) || !(value instanceof AbortSignal)) throw value;
    isAbortedSignal.call(value);
  } catch {
    throw invalidArgument(`${name} is ${describe(value)}`, 'pass an AbortSignal');
  }
}

/** What typed arrays themselves say, and not a property that somebody has put over it. */
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const getterOf = (name: string) => Object.getOwnPropertyDescriptor(typedArray, name)!.get!;
const lengthOfTypedArray = getterOf('length');
const bufferOfTypedArray = getterOf('buffer');
const offsetOfTypedArray = getterOf('byteOffset');

/** How many bytes a Uint8Array has, and not what a property of its own says; undefined of anything else. */
export function bytesIn(value: unknown): number | undefined {
  return types.isUint8Array(value) ? lengthOfTypedArray.call(value) : undefined;
}

/** Where the bytes of a Uint8Array lie, and not where properties of its own say. */
export function viewOf(bytes: Uint8Array): { buffer: ArrayBufferLike; byteOffset: number; length: number } {
  return {
    buffer: bufferOfTypedArray.call(bytes),
    byteOffset: offsetOfTypedArray.call(bytes),
    length: lengthOfTypedArray.call(bytes),
  };
}
