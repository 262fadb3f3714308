import { group, shortAddress } from '../results/figures.ts';
import type { PortCounts } from '../results/results.ts';

const sameProcess = 'Name it in the same command: emu: names are of one process.';

/** Frames that went astray outside the ports, and so are in no column of the table. */
export function lossLines(ports: readonly PortCounts[]): string[] {
  return ports.flatMap(({ address, rxFiltered, txUnsendable, txUndelivered }) => {
    const lines: string[] = [];
    const say = (text: string) => lines.push(`${shortAddress(address)}: ${text}`);
    if (txUnsendable)
      say(
        `${group(txUnsendable)} of the dropped can't be sent: longer than its MTU allows, or shorter than a header`,
      );
    if (txUndelivered)
      say(`${group(txUndelivered)} frames reached nobody: the far end is not open. ${sameProcess}`);
    if (rxFiltered)
      say(`${group(rxFiltered)} frames were not taken: for another address or VLAN, or longer than the MTU`);
    return lines;
  });
}
