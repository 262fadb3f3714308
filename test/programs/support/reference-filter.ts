import type { FilterInstruction } from '../../../src/index.ts';

/**
 * Runs a program of the packet filter as plainly as can be, and throws where the program does what it must not. Returns what it returns
 * for the frame.
 */
export function runReference(program: readonly FilterInstruction[], frame: Uint8Array): number {
  let a = 0;
  let x = 0;
  const memory: (number | undefined)[] = Array(16).fill(undefined);
  const leavesFrame = Symbol('leaves the frame');
  const load = (at: number, bytes: number) => {
    if (at + bytes > frame.length) throw leavesFrame;
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + frame[at + i]!;
    return value;
  };
  const recall = (k: number) => {
    const value = memory[k];
    if (value === undefined) throw new Error(`word ${k} was not written`);
    return value;
  };
  const sizes: Record<number, number> = { 0: 4, 8: 2, 16: 1 };
  try {
    for (let at = 0; ; at++) {
      const instruction = program[at];
      if (instruction === undefined) throw new Error('it runs out of the program');
      const { code, jumpTrue, jumpFalse, k } = instruction;
      const operand = (code & 0x08) !== 0 ? x : k;
      switch (code & 0x07) {
        case 0: // LD
        case 1: {
          // LDX
          const isX = (code & 0x07) === 1;
          const mode = code & 0xe0;
          let value: number;
          if (mode === 0x00) value = k;
          else if (mode === 0x20) value = load(k, sizes[code & 0x18]!);
          else if (mode === 0x40) value = load(x + k, sizes[code & 0x18]!);
          else if (mode === 0x60) value = recall(k);
          else if (mode === 0x80) value = frame.length;
          else if (mode === 0xa0) value = 4 * (load(k, 1) & 15);
          else throw new Error(`code ${code}`);
          if (isX) x = value;
          else a = value;
          break;
        }
        case 2:
          memory[k] = a;
          break;
        case 3:
          memory[k] = x;
          break;
        case 4: {
          const result = calculate(code & 0xf0, BigInt(a), BigInt(operand));
          if (result === undefined) return 0;
          a = Number(BigInt.asUintN(32, result));
          break;
        }
        case 5: {
          const kind = code & 0xf0;
          if (kind === 0x00) at += k;
          else at += holds(kind, a, operand) ? jumpTrue : jumpFalse;
          break;
        }
        case 6:
          return (code & 0x18) === 0x10 ? a : k;
        default:
          if ((code & 0x80) !== 0) a = x;
          else x = a;
      }
    }
  } catch (reason) {
    if (reason === leavesFrame) return 0;
    throw reason;
  }
}

function calculate(operator: number, a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case 0x00:
      return a + b;
    case 0x10:
      return a - b;
    case 0x20:
      return a * b;
    case 0x30:
      return b === 0n ? undefined : a / b;
    case 0x40:
      return a | b;
    case 0x50:
      return a & b;
    case 0x60:
      return b < 32n ? a << b : 0n;
    case 0x70:
      return b < 32n ? a >> b : 0n;
    case 0x80:
      return -a;
    case 0x90:
      return b === 0n ? undefined : a % b;
    case 0xa0:
      return a ^ b;
    default:
      throw new Error(`operator ${operator}`);
  }
}

function holds(kind: number, a: number, b: number): boolean {
  switch (kind) {
    case 0x10:
      return a === b;
    case 0x20:
      return a > b;
    case 0x30:
      return a >= b;
    case 0x40:
      return (a & b) !== 0;
    default:
      throw new Error(`jump ${kind}`);
  }
}
