import { Burst } from './burst.ts';
import { refuseEntry } from './check.ts';
import { strides } from './layout.ts';

// A stride that is no constant costs a loop that touches each frame a tenth of its time, so each size class has a class of bursts.
const pageStride = strides[4096];
const jumboStride = strides[10240];

class PageBurst extends Burst {
  override position(i: number): number {
    if (typeof i !== 'number') refuseEntry(i, this.count);
    const index = this.indices[i] ?? refuseEntry(i, this.count);
    return index * pageStride + this.offsets[i]!;
  }
}

class JumboBurst extends Burst {
  override position(i: number): number {
    if (typeof i !== 'number') refuseEntry(i, this.count);
    const index = this.indices[i] ?? refuseEntry(i, this.count);
    return index * jumboStride + this.offsets[i]!;
  }
}

/** The class of the bursts of a pool, by its data room. */
export const burstClasses: Readonly<Record<number, typeof Burst>> = {
  2048: Burst,
  4096: PageBurst,
  10240: JumboBurst,
};
