import type { Interval, PortCounts, Results } from '../results/results.ts';

const counts = [
  'rxPackets',
  'rxBytes',
  'rxDropped',
  'rxMissed',
  'rxFiltered',
  'txPackets',
  'txBytes',
  'txDropped',
  'txUnsendable',
  'txUndelivered',
  'rxPps',
  'txPps',
] as const satisfies readonly (keyof PortCounts)[];

/** The first line of RFC 4180's form: a row for each port and interval, and at the end one for each port's whole run. */
export function csvHeader(): string {
  return line(['row', 'startSeconds', 'durationSeconds', 'address', ...counts]);
}

export function csvInterval({ startSeconds, durationSeconds, ports }: Interval): string {
  return ports.map((port) => row('interval', startSeconds, durationSeconds, port)).join('');
}

export function csvTotal({ durationSeconds, ports }: Results): string {
  return ports.map((port) => row('total', 0, durationSeconds, port)).join('');
}

function row(kind: string, startSeconds: number, durationSeconds: number, port: PortCounts): string {
  return line([kind, startSeconds, durationSeconds, port.address, ...counts.map((field) => port[field])]);
}

/** What is unknown is empty. */
function line(cells: readonly (string | number | null)[]): string {
  return `${cells.map((cell) => quote(`${cell ?? ''}`)).join(',')}\r\n`;
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
