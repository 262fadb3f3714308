// Controls but tab and newline, and what turns or breaks lines of text: a terminal obeys them, or shows something else than what is there.
const unsafe = /[^\P{Cc}\t\n]|[\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * Text that is safe to print, whoever wrote it: what a terminal would obey is shown as its code, in JSON's form, so that JSON means
 * the same as before.
 */
export function printable(text: string): string {
  return text.replace(unsafe, codeOf);
}

/** The same for text that must stay on its line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n');
}

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
