import { printableLine } from '../core/printable.ts';
import { paint } from './style.ts';

// Between the parts of a line that stay whole or go.
const gap = '  ';
const eraseLine = '\r\u001b[2K';

/** A line about a run that goes on: redrawn in place on a terminal, one after the other elsewhere. */
export class LiveLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #enabled: boolean;
  #shown = '';

  /** When not enabled, only notes are written. */
  constructor(stream: NodeJS.WriteStream, enabled: boolean) {
    this.#stream = stream;
    this.#enabled = enabled;
  }

  show(text: string): void {
    if (!this.#enabled) return;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${printableLine(text)}\n`);
      return;
    }
    // A line that wraps can't be erased. A terminal that has not been told its width says 0.
    const width = this.#stream.columns || 80;
    this.#shown = fitted(printableLine(text), width - 1);
    this.#stream.write(`${eraseLine}${this.#shown}`);
  }

  /** Writes a line that stays. */
  note(text: string): void {
    const shown = this.#shown;
    this.clear();
    this.#stream.write(`${paint(this.#stream, 'yellow', 'note:')} ${printableLine(text)}\n`);
    if (shown !== '') this.show(shown);
  }

  clear(): void {
    if (this.#shown !== '') this.#stream.write(eraseLine);
    this.#shown = '';
  }
}

/** As many whole parts as there is room for: a figure without its end or its unit says something else. */
function fitted(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = text.lastIndexOf(gap, width - 2);
  return end < 1 ? text.slice(0, width) : `${text.slice(0, end)} …`;
}
