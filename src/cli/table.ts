import { printableLine } from '../core/printable.ts';

/** How a table is shown. */
export interface TableLayout {
  /** Columns of the terminal; default: as many as the cells need. */
  width?: number;
  /** What to make of the head. */
  paintHead?: (text: string) => string;
}

const gap = 2;
// Of a first column that has no room: less says nothing.
const leastFirst = 8;

/**
 * Lines of columns, two spaces apart: the first to the left, the others to the right. What is too wide for the terminal gets its first
 * column shortened; and if that is not enough, each row becomes a block of lines.
 */
export function alignColumns(cells: readonly (readonly string[])[], layout: TableLayout = {}): string[] {
  const rows = cells.map((row) => row.map(printableLine));
  const { width = Number.POSITIVE_INFINITY, paintHead = (text) => text } = layout;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const others = widths.slice(1).reduce((sum, width) => sum + width + gap, 0);
  const first = Math.min(widths[0] ?? 0, width - others);
  if (first < Math.min(widths[0] ?? 0, leastFirst)) return stack(rows, paintHead);
  return rows.map((row, i) => {
    const cells = row.map((cell, column) =>
      column === 0 ? shorten(cell, first).padEnd(first) : cell.padStart(widths[column]!),
    );
    const line = cells.join(' '.repeat(gap));
    return i === 0 ? paintHead(line) : line;
  });
}

function stack(rows: readonly (readonly string[])[], paintHead: (text: string) => string): string[] {
  const [head, ...body] = rows as [readonly string[], ...(readonly string[])[]];
  const labelWidth = Math.max(...head.slice(1).map((label) => label.length));
  return body.flatMap(([title, ...cells]) => [
    ...(title === '' ? [] : [paintHead(title!)]),
    ...cells.map((cell, i) => `  ${head[i + 1]!.padEnd(labelWidth)}  ${cell}`),
  ]);
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Breaks a line between words, but not after a figure, which has its next digits or its unit there; and indents what follows. */
export function wrapLine(text: string, width: number): string[] {
  const line = printableLine(text);
  if (line.length <= width) return [line];
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<!\d) /)) {
    if (current.trim() !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = `  ${word}`;
    } else current = current === '' && lines.length === 0 ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
