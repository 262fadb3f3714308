import { Burst } from '../core/burst.ts';
import { checkInternal, internal } from '../core/check.ts';
import { describe, invalidArgument, PmdError } from '../core/errors.ts';
import { CallSlot } from '../core/layout.ts';
import { addon, call, type NativeFilter, refusal } from '../core/native.ts';
import { printableLine } from '../core/printable.ts';
import { checkInstructions, type FilterInstruction, parseInstructions } from './filter-instructions.ts';

// Constants of this module, which V8 compiles in: see rx-queue.ts.
const { matchFilter, applyFilter } = addon;
const { handleOf } = Burst;
const callBlock = call;
const callSlot = CallSlot;

/**
 * Tells frames apart, natively and for a burst at a time. Made by {@link createFilter}; for bursts of any pool.
 *
 * It sees a frame's bytes. A tag that the device has taken out is not among them: `vlan 7` matches no frame then, and `udp` does. Of a
 * frame of several entries it sees the bytes in the first; `len` is that of all of them, and each entry counts.
 */
export class Filter {
  /** What it runs: instructions of the classic BSD packet filter. */
  declare readonly instructions: readonly FilterInstruction[];
  readonly #handle: number;
  readonly #words: Uint32Array;

  /** @internal */
  constructor(
    key: typeof internal,
    { handle, block }: NativeFilter,
    instructions: readonly FilterInstruction[],
  ) {
    checkInternal(key, 'a filter', 'use createFilter()');
    this.#handle = handle;
    this.#words = new Uint32Array(block);
    this.instructions = instructions;
  }

  /**
   * Keeps the frames that match, in order, and releases the others. Returns how many are left: the burst's count.
   *
   * @throws {PmdError} `ERR_PMD_NOT_OWNER` and `ERR_PMD_FRAME_LENGTH` name an entry whose frame is not the application's, or leaves its
   *   buffer: then none was released. `ERR_PMD_CLOSED`.
   */
  apply(burst: Burst): number {
    callBlock[callSlot.burst] = handleOf(burst);
    callBlock[callSlot.program] = this.#handle;
    applyFilter();
    const result = callBlock[callSlot.result]!;
    if (result < 0) throw refusal(result, burst);
    return result;
  }

  /**
   * Sets bit `i % 32` of `bitmap[i >>> 5]` for each entry `i` that matches, and clears the bits of the others. Returns how many match.
   * The burst stays as it is.
   *
   * @param bitmap A word for each 32 entries of the burst, or more.
   * @throws {PmdError} As {@link apply}; `ERR_PMD_INVALID_ARGUMENT` for a bitmap that is too small: then nothing is written.
   */
  match(burst: Burst, bitmap: Uint32Array): number {
    callBlock[callSlot.burst] = handleOf(burst);
    const words = (burst.count + 31) >>> 5;
    if (!(bitmap instanceof Uint32Array && bitmap.length >= words)) refuseBitmap(bitmap, words);
    callBlock[callSlot.program] = this.#handle;
    matchFilter();
    const result = callBlock[callSlot.result]!;
    if (result < 0) throw refusal(result, burst);
    const found = this.#words;
    for (let i = 0; i < words; i++) bitmap[i] = found[i]!;
    return result;
  }
}

function refuseBitmap(bitmap: unknown, words: number): never {
  const what =
    bitmap instanceof Uint32Array ? `a bitmap of ${bitmap.length} words` : `bitmap is ${describe(bitmap)}`;
  throw invalidArgument(what, `pass a Uint32Array of ${words} words or more`);
}

/** Bytes of the longest expression. */
const longestExpression = 16_384;

/**
 * Makes a filter, of an expression in tcpdump's language or of instructions.
 *
 * libpcap compiles expressions: the library of this system, which is looked for when it is first needed. Names of hosts are looked up, which
 * may take the system some time. Instructions need no library: `tcpdump -ddd -y EN10MB EXPRESSION` prints them.
 *
 * ```ts
 * const filter = createFilter('udp port 53 and not host 10.0.0.1');
 * for await (const burst of port.rx[0]) questions += filter.apply(burst);
 * ```
 *
 * @param program An expression, what `tcpdump -ddd` prints, or a list of instructions.
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` for what libpcap does not take, with its reason, and for instructions that could do harm,
 *   such as a jump behind the last. `ERR_PMD_NO_LIBRARY` for an expression where there is no libpcap.
 */
export function createFilter(program: string | readonly FilterInstruction[]): Filter {
  const instructions =
    typeof program !== 'string'
      ? checkInstructions(program)
      : (parseInstructions(program) ?? compile(program));
  const words = Uint32Array.from(
    instructions.flatMap(({ code, jumpTrue, jumpFalse, k }) => [
      (code << 16) | (jumpTrue << 8) | jumpFalse,
      k,
    ]),
  );
  const native = addon.createFilter(words);
  return new Filter(internal, native, Object.freeze(instructions.map((one) => Object.freeze(one))));
}

function compile(expression: string): FilterInstruction[] {
  if (expression.includes('\0') || Buffer.byteLength(expression) > longestExpression) {
    throw invalidArgument(
      `the filter ${describe(expression)}`,
      `use at most ${longestExpression} bytes, none of them 0`,
    );
  }
  const { words, refused, missing } = addon.compileFilter(expression);
  if (missing !== undefined) {
    throw new PmdError(
      'ERR_PMD_NO_LIBRARY',
      `no libpcap to compile a filter with: ${printableLine(missing)}`,
      {
        hint: "install it (Debian and Ubuntu: apt install libpcap0.8; Fedora: dnf install libpcap; Alpine: apk add libpcap), or pass what 'tcpdump -ddd -y EN10MB EXPRESSION' prints elsewhere",
      },
    );
  }
  if (refused !== undefined) {
    throw invalidArgument(
      `the filter ${describe(expression)}: ${printableLine(refused)}`,
      "see 'man pcap-filter'",
    );
  }
  return Array.from({ length: words!.length / 2 }, (_, i) => {
    const first = words![2 * i]!;
    return {
      code: first >>> 16,
      jumpTrue: (first >>> 8) & 0xff,
      jumpFalse: first & 0xff,
      k: words![2 * i + 1]!,
    };
  });
}
