// A part of one's own for `pmd-bench fwd`: lets go of every other frame, and counts down the first byte after the header of the rest.
//
//   npm run build && node --import tsx dist/cli/main.js fwd emu:a,peer=flood emu:b,peer=flood --script examples/script.ts --duration 3s
import type { Burst, Port } from 'vfio-pmd';

let seen = 0;
const isEverySecond = () => seen++ % 2 === 0;

/** Called with each burst that arrived. What it leaves in the burst is sent. */
export default function onBurst(burst: Burst, { from }: { from: Port; to: Port }): void {
  burst.filter(isEverySecond); // releases the others
  const { bytes } = from.pool;
  for (let i = 0; i < burst.count; i++) {
    const at = burst.position(i) + 14;
    bytes[at] = (bytes[at] ?? 0) - 1;
  }
}
