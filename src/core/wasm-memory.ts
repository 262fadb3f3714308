import { describe, invalidArgument } from './errors.ts';

/** A `WebAssembly.Memory`, shared or not. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

interface WasmMemoryClass {
  readonly prototype: WasmMemory;
  new (limits: { initial: number; maximum: number }): WasmMemory;
}

/** Bytes of a page of WebAssembly: an offset of a pool is a multiple. */
export const wasmPageBytes = 65_536;

// There is none with `node --jitless`.
const Memory = (globalThis as { WebAssembly?: { Memory: WasmMemoryClass } }).WebAssembly?.Memory;
const bufferOf = Memory && Object.getOwnPropertyDescriptor(Memory.prototype, 'buffer')!.get!;

/** Makes a memory of so many pages. */
export function newWasmMemory(initial: number, maximum: number): WasmMemory {
  if (Memory === undefined) {
    throw invalidArgument('there is no WebAssembly in this Node', 'start it without --jitless');
  }
  return new Memory({ initial, maximum });
}

/** All bytes of a memory as it is now. Refuses what is none, also what only inherits from one. */
export function bytesOfMemory(memory: WasmMemory): Uint8Array {
  let buffer: ArrayBuffer | SharedArrayBuffer;
  try {
    buffer = bufferOf!.call(memory);
  } catch {
    throw invalidArgument(`memory is ${describe(memory)}`, 'pass a WebAssembly.Memory');
  }
  return new Uint8Array(buffer);
}
