import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours text for a stream that shows colours: not when it is piped, nor with NO_COLOR. */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  const colours = stream.isTTY && stream.hasColors();
  return colours ? styleText(style, text, { validateStream: false }) : text;
}

/** Columns to write into: as many as there are, other than on a terminal. One that has not been told its width says 0. */
export function terminalWidth(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY;
}
