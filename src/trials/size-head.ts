import { fcsBytes } from '../net/ethernet.ts';
import { lineRatePps } from '../pacing/rate.ts';
import type { SizeHead } from '../results/trial-result.ts';
import { meanBytes, type NamedSizes } from '../traffic/sizes.ts';

export function headOf({ name, sizes }: NamedSizes): SizeHead {
  return { size: name, frameBytes: meanBytes(sizes) + fcsBytes, lineRatePps: lineRatePps(sizes) };
}
