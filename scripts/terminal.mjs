const escapeCode = '\u001b';
const pieces = new RegExp(`${escapeCode}\\[[\\d;]*[A-Za-z]|\\r\\n|\\n|\\r|[^${escapeCode}\\r\\n]+`, 'g');

/** A terminal as far as pmd-bench uses one: lines, erasing the last one, bold and colours. Anything else is an error. */
export class Terminal {
  #lines = [[]];
  #style = { bold: false, colour: undefined };

  write(text) {
    for (const [part] of text.matchAll(pieces)) this.#take(part);
  }

  #take(part) {
    if (part === '\r') return; // what follows erases the line
    if (part.endsWith('\n')) this.#lines.push([]);
    else if (part === '\u001b[2K') this.#lines[this.#lines.length - 1] = [];
    else if (part.endsWith('m') && part.startsWith(escapeCode))
      this.#setStyle(part.slice(2, -1).split(';').map(Number));
    else if (part.startsWith(escapeCode)) throw new Error(`unknown escape code ${JSON.stringify(part)}`);
    else this.#lines.at(-1).push({ text: part, ...this.#style });
  }

  #setStyle(codes) {
    for (const code of codes) {
      if (code === 0) this.#style = { bold: false, colour: undefined };
      else if (code === 1 || code === 22) this.#style = { ...this.#style, bold: code === 1 };
      else if (code === 39) this.#style = { ...this.#style, colour: undefined };
      else if (code >= 31 && code <= 37) this.#style = { ...this.#style, colour: code };
      else throw new Error(`unknown style ${code}`);
    }
  }

  /** What is on the screen, for a `pre`. */
  toHtml() {
    return this.#lines.map((line) => line.map(spanOf).join('')).join('\n');
  }
}

function spanOf({ text, bold, colour }) {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const classes = [bold && 'bold', colour && `colour-${colour}`].filter(Boolean);
  return classes.length === 0 ? safe : `<span class="${classes.join(' ')}">${safe}</span>`;
}
