import { checkInteger, checkOptions, copyList } from '../core/check.ts';
import { invalidArgument } from '../core/errors.ts';

/** An instruction of the classic BSD packet filter, as `tcpdump -ddd` prints one in a line. */
export interface FilterInstruction {
  readonly code: number;
  /** How many instructions to pass over where a test holds. */
  readonly jumpTrue: number;
  /** How many to pass over where it does not. */
  readonly jumpFalse: number;
  /** An operand of 32 bits. */
  readonly k: number;
}

const mostInstructions = 4096;

/** Copies a list of instructions, whose numbers are in range. What they do is looked at by the addon. */
export function checkInstructions(list: readonly FilterInstruction[]): FilterInstruction[] {
  const hint = `pass an expression, or a list of at most ${mostInstructions} instructions`;
  return copyList('the filter', list, mostInstructions, hint).map((instruction, i) => {
    const name = `instruction ${i}`;
    const known = ['code', 'jumpTrue', 'jumpFalse', 'k'] as const;
    const { code, jumpTrue, jumpFalse, k } = checkOptions(name, instruction, known);
    return {
      code: checkInteger(`code of ${name}`, code, 0, 0xffff),
      jumpTrue: checkInteger(`jumpTrue of ${name}`, jumpTrue, 0, 0xff),
      jumpFalse: checkInteger(`jumpFalse of ${name}`, jumpFalse, 0, 0xff),
      k: checkInteger(`k of ${name}`, k, 0, 0xffffffff),
    };
  });
}

/** What `tcpdump -ddd` has printed: a number of lines, and in each line an instruction. Undefined of what is an expression. */
export function parseInstructions(text: string): FilterInstruction[] | undefined {
  if (!/^\s*\d+\s*[\n,]/.test(text)) return undefined;
  // In one line, with commas, too: as iptables' xt_bpf takes it.
  const [count, ...lines] = text.trim().split(/\s*[\n,]\s*/);
  if (lines.length !== Number(count)) {
    throw invalidArgument(
      `the filter says that it has ${count} instructions, and has ${lines.length}`,
      "pass all that 'tcpdump -ddd' prints",
    );
  }
  return checkInstructions(
    lines.map((line, i) => {
      const numbers = /^(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})$/.exec(line)?.slice(1).map(Number);
      if (numbers === undefined) {
        throw invalidArgument(
          `line ${i + 2} of the filter is not four numbers`,
          "pass what 'tcpdump -ddd' prints",
        );
      }
      const [code, jumpTrue, jumpFalse, k] = numbers as [number, number, number, number];
      return { code, jumpTrue, jumpFalse, k };
    }),
  );
}
