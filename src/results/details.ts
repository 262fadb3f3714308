import type { SizeBurst } from './back-to-back-result.ts';
import type { CaptureDetails } from './capture-details.ts';
import type { EchoCounts } from './echo-counts.ts';
import type { FilterDetails } from './filter-details.ts';
import type { LatencyResult, LoadedLatency } from './latency-result.ts';
import type { SizeLoss } from './loss-result.ts';
import type { PortRate } from './port-rate.ts';
import type { ReplayDetails } from './replay-details.ts';
import type { SizeResult } from './throughput-result.ts';

/** What a command found beside what its ports moved: one field for each kind of finding, there when the command has it. */
export interface Details {
  /** What became of a rate at each port, in the ports' order. */
  rate?: PortRate[];
  /** Of each frame size, in the order asked for. */
  throughput?: SizeResult[];
  /** Of each frame size, in the order asked for. */
  loss?: SizeLoss[];
  /** Of each frame size, in the order asked for. */
  burst?: SizeBurst[];
  /** Under the first load, or under none. */
  latency?: LatencyResult;
  /** Under each load, in the order asked for. */
  latencyUnderLoad?: LoadedLatency[];
  capture?: CaptureDetails;
  replay?: ReplayDetails;
  filter?: FilterDetails;
  /** What each port was asked, in the ports' order. */
  echo?: EchoCounts[];
}
