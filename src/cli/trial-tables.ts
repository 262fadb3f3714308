import type { SizeBurst } from '../results/back-to-back-result.ts';
import { decimal, group, sizeName } from '../results/figures.ts';
import type { SizeLoss } from '../results/loss-result.ts';
import { alignColumns } from './table.ts';

export function lossTable(sizes: readonly SizeLoss[], width: number): string[] {
  if (sizes.length === 0) return [];
  const head = ['frame', 'load', 'of line rate', 'intended', 'sent', 'received', 'late', 'lost'];
  const rows = sizes.flatMap(({ size, trials, lineRatePps }) =>
    trials.map(({ load, intended, sent, received, late, lossRatio }) => [
      sizeName(size),
      group(load),
      `${decimal((100 * load) / lineRatePps, 1)} %`,
      group(intended),
      group(sent),
      group(received),
      group(late),
      `${decimal(100 * lossRatio, 3)} %`,
    ]),
  );
  return [...alignColumns([head, ...rows], { width }), 'loads are frames per second', ''];
}

export function backToBackTable(sizes: readonly SizeBurst[], width: number): string[] {
  if (sizes.length === 0) return [];
  const figure = (frames: number | null) => (frames === null ? '-' : group(Math.round(frames)));
  const head = ['frame', 'longest burst', 'least', 'most', 'deviation', 'searches', 'tried'];
  const rows = sizes.map(({ size, longest, maxFrames }) => [
    sizeName(size),
    ...[longest.average, longest.min, longest.max, longest.standardDeviation].map(figure),
    group(longest.frames.length),
    `up to ${group(maxFrames)}`,
  ]);
  return [...alignColumns([head, ...rows], { width }), 'frames, back to back, without loss', ''];
}
