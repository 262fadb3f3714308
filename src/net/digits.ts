// Digits of addresses, as codes of ASCII.

/** The lower-case digit of a value below 16. */
export function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

/** What a hexadecimal digit stands for; negative: it is none. */
export function hexValue(char: number): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30;
  const lower = char | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The text of codes. */
export function textOf(codes: Uint8Array, end: number): string {
  let text = '';
  for (let i = 0; i < end; i++) text += String.fromCharCode(codes[i]!);
  return text;
}

/** The codes of a text, as far as they fit; of what is not ASCII one that is no part of an address. Returns how many. */
export function codesOf(text: string, codes: Uint8Array): number {
  const length = Math.min(text.length, codes.length);
  for (let i = 0; i < length; i++) codes[i] = Math.min(text.charCodeAt(i), 0xff);
  return length;
}
