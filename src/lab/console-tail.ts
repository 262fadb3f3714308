import { stripVTControlCharacters } from 'node:util';

/** Keeps the end of a stream of text, to be shown when something went wrong. */
export class ConsoleTail {
  #text = '';
  readonly #capacity: number;

  constructor(capacity = 64 * 1024) {
    this.#capacity = capacity;
  }

  append(chunk: Buffer): void {
    this.#text = (this.#text + chunk.toString('latin1')).slice(-this.#capacity);
  }

  /** The last lines, without the control characters that a firmware moves its cursor with. */
  lines(count: number): string[] {
    return stripVTControlCharacters(this.#text)
      .replaceAll(/[^\n -~]/g, '')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-count);
  }

  includes(text: string): boolean {
    return this.#text.includes(text);
  }
}
