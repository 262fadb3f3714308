/** A function of a C++ file, or a block that stands alone. */
export interface Block {
  /** Where its body begins, from 1. */
  line: number;
  /** Of the body, with the lines of both braces. */
  lines: number;
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//;
const rawString = /R"([^()\\ ]{0,16})\([\s\S]*?\)\1"/;
const quoted = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/;
const directive = /^[ \t]*#(?:\\\n|[^\n])*/;
// A digit separator is no quote.
const notCode = new RegExp(
  `(?<![0-9a-fA-F])(?:${quoted.source})|${comment.source}|${rawString.source}|${directive.source}`,
  'gm',
);
const isType = /\b(namespace|class|struct|union|enum|extern)\b[^()]*$/;
const isValue = /(=|,|\(|\{|\breturn)\s*$/;

/**
 * Bodies of a file's functions, by its braces: what stands in braces that is neither a type, nor a namespace, nor a value. Throws for
 * braces that do not match.
 */
export function cppBlocks(source: string): Block[] {
  const code = source.replaceAll(notCode, (text) => text.replaceAll(/[^\n]/g, ' '));
  const found: Block[] = [];
  const open: { line: number; isBody: boolean }[] = [];
  let line = 1;
  let head = '';
  for (const character of code) {
    if (character === '\n') line++;
    if (character === '{') {
      const isBody = !open.some((outer) => outer.isBody) && !isType.test(head) && !isValue.test(head);
      open.push({ line, isBody });
    }
    if (character === '}') {
      const block = open.pop();
      if (block === undefined) throw new Error(`line ${line} closes a brace that nothing opened`);
      if (block.isBody) found.push({ line: block.line, lines: line - block.line + 1 });
    }
    head = '{};'.includes(character) ? (character === '{' ? '{' : '') : head + character;
  }
  const [unclosed] = open;
  if (unclosed !== undefined) throw new Error(`line ${unclosed.line} opens a brace that nothing closes`);
  return found;
}
