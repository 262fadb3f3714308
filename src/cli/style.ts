import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours text for a stream that shows colours: not when it is piped, nor with NO_COLOR. */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  const colours = stream.isTTY && stream.hasColors();
  return colours ? styleText(style, text, { validateStream: false }) : text;
}
