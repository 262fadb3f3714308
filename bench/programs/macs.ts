// As RewriteBothMacs of bench/native/frame_programs.h.
import { Burst, frameAt, setVerdict, Verdict } from '../../wasm/vfio-pmd';

export function process(burst: Burst, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const frame = frameAt(burst, i);
    store<u64>(frame, 0x0002020000000002);
    store<u32>(frame + 8, 0x01000000);
    setVerdict(burst, i, Verdict.port);
  }
}
