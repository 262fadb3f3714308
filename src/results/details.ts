import type { SizeBurst } from '../measure/burst.ts';
import type { CaptureDetails } from '../measure/capture.ts';
import type { LatencyResult } from '../measure/latency.ts';
import type { LoadedLatency } from '../measure/latency-series.ts';
import type { SizeLoss } from '../measure/loss.ts';
import type { ReplayDetails } from '../measure/replay.ts';
import type { EchoCounts } from '../measure/respond.ts';
import type { SizeResult } from '../measure/throughput.ts';
import type { PortRate } from './rate-report.ts';

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
  /** What each port was asked, in the ports' order. */
  echo?: EchoCounts[];
}
