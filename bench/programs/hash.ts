// As HashFlow of bench/native/frame_programs.h.
import { Burst, frameAt, lengthOf, setVerdict, Verdict } from '../../wasm/vfio-pmd';

// @ts-ignore: a decorator
@inline
function verdictOf(frame: usize, length: u32): u32 {
  if (length < 42 || load<u16>(frame + 12) != 0x0008) return Verdict.keep;
  let hash: u32 = load<u32>(frame + 26) ^ (load<u32>(frame + 30) * 0x9e3779b1);
  hash ^= load<u32>(frame + 34) ^ load<u8>(frame + 23);
  hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
  return Verdict.port + ((hash ^ (hash >>> 16)) & 3);
}

export function process(burst: Burst, count: u32): void {
  for (let i: u32 = 0; i < count; i++) setVerdict(burst, i, verdictOf(frameAt(burst, i), lengthOf(burst, i)));
}
