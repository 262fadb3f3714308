import { Burst } from './burst.ts';
import { strides } from './layout.ts';

// A stride that is no constant costs a loop that touches each frame a tenth of its time, so each size class has a class of bursts.
const pageStride = strides[4096];
const jumboStride = strides[10240];

class PageBurst extends Burst {
  override position(i: number): number {
    return this.indices[i]! * pageStride + this.offsets[i]!;
  }
}

class JumboBurst extends Burst {
  override position(i: number): number {
    return this.indices[i]! * jumboStride + this.offsets[i]!;
  }
}

/** The class of the bursts of a pool, by its data room. */
export const burstClasses: Readonly<Record<number, typeof Burst>> = {
  2048: Burst,
  4096: PageBurst,
  10240: JumboBurst,
};
