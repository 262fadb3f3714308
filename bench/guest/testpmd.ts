import { testpmdCommand } from '../../test/guest/support/testpmd.ts';
import { Counted, type ParseLine, testedCpu } from './counted.ts';

/** testpmd on VFs: it prints the statistics of all of them once a second. */
export function countedTestpmd(
  vfs: readonly string[],
  direction: 'RX' | 'TX',
  options: readonly string[],
): Counted {
  const command = testpmdCommand(vfs, ['--stats-period=1', ...options]);
  return new Counted(testedCpu, command, statisticsParser(direction, vfs.length));
}

/** Adds up what the ports have counted. No time is printed with it: it is that at which the last port's line was read. */
function statisticsParser(direction: 'RX' | 'TX', ports: number): ParseLine {
  const pattern = new RegExp(`${direction}-packets: (\\d+)`);
  let counts: number[] = [];
  return (line) => {
    const count = pattern.exec(line)?.[1];
    if (count === undefined) return undefined;
    counts.push(Number(count));
    if (counts.length < ports) return undefined;
    const frames = counts.reduce((sum, one) => sum + one);
    counts = [];
    return { seconds: performance.now() / 1000, frames };
  };
}
