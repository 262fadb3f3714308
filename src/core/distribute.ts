import { Burst } from './burst.ts';
import { checkInternal, checkOneOf, checkOptions, copyList, internal } from './check.ts';
import { describe, invalidArgument, PmdError } from './errors.ts';
import type { FramesOptions, Iteration } from './iteration.ts';
import { CallSlot, DealSlot, Limit } from './layout.ts';
import { addon, call, refusal } from './native.ts';
import { Ring } from './ring.ts';
import { RxQueue } from './rx-queue.ts';
import { TxQueue } from './tx-queue.ts';

/** How {@link distribute} chooses a ring. */
export interface DistributeOptions extends Pick<FramesOptions, 'signal' | 'sliceUs' | 'priority'> {
  /**
   * - `'flow'`, the default: by addresses, protocol and ports; the same ring in both directions.
   * - `'tag'`: by VLAN; frames without a tag have one ring in common.
   * - a function: it returns the number of the ring for the frame that begins at entry `i`. What is no such number drops the frame.
   */
  by?: 'flow' | 'tag' | ((burst: Burst, i: number) => number);
}

const modes = { flow: 0, tag: 1, given: 2 } as const;
const words = new Uint32Array(addon.dealBlock);

interface Lane {
  /** The handle of its TX queue. */
  readonly tx: number;
  /** Where native code gathers its frames. */
  readonly gathered: Burst;
  dropped: number;
}

/** Frames of an RX queue on their way to rings: what {@link distribute} has begun. */
export class Distribution implements AsyncDisposable {
  /** Resolves when it has ended; rejects with `ERR_PMD_REMOVED` when the device was removed, or with what {@link DistributeOptions.by} threw. */
  readonly ended: Promise<void>;
  readonly #lanes: readonly Lane[];
  readonly #bursts: Iteration<Burst>;
  readonly #by: NonNullable<DistributeOptions['by']>;
  readonly #targets = new Uint32Array(Limit.burst);

  /** @internal */
  constructor(
    key: typeof internal,
    bursts: Iteration<Burst>,
    lanes: readonly Lane[],
    by: NonNullable<DistributeOptions['by']>,
  ) {
    checkInternal(key, 'a distribution', 'use distribute()');
    this.#bursts = bursts;
    this.#lanes = lanes;
    this.#by = by;
    this.ended = this.#run();
    this.ended.catch(() => {}); // who awaits it is told
  }

  /** Entries that were dropped for each ring, because it was full, closed or another thread's. */
  get dropped(): number[] {
    return this.#lanes.map(({ dropped }) => dropped);
  }

  /** Ends it; frames that the rings have stay there. */
  async stop(): Promise<void> {
    await this.#bursts.return();
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    for await (const burst of this.#bursts) this.#deal(burst);
  }

  #deal(burst: Burst): void {
    const by = this.#by;
    const lanes = this.#lanes;
    if (typeof by === 'function') this.#ask(burst, by);
    words[DealSlot.by] = typeof by === 'function' ? modes.given : modes[by];
    words[DealSlot.lanes] = lanes.length;
    for (let k = 0, at: number = DealSlot.lane; k < lanes.length; k++, at += DealSlot.laneWords) {
      words[at + DealSlot.laneTx] = lanes[k]!.tx;
      words[at + DealSlot.laneBurst] = Burst.handleOf(lanes[k]!.gathered);
    }
    call[CallSlot.burst] = Burst.handleOf(burst);
    addon.distribute();
    const result = call[CallSlot.result]!;
    if (result < 0) throw refusal(result, burst);
    for (let k = 0, at: number = DealSlot.lane; k < lanes.length; k++, at += DealSlot.laneWords)
      lanes[k]!.dropped += words[at + DealSlot.laneDropped]!;
  }

  /** Asks for all frames before it writes to the block: what is asked may distribute frames, too. */
  #ask(burst: Burst, by: (burst: Burst, i: number) => number): void {
    const targets = this.#targets;
    const { count } = burst;
    for (let i = 0; i < count; i += burst.frameEntries(i)) {
      const lane = by(burst, i);
      targets[i] = Number.isInteger(lane) && lane >= 0 && lane < this.#lanes.length ? lane : Limit.lanes;
    }
    words.set(targets.subarray(0, count), DealSlot.targets);
  }
}

/**
 * Receives from `rx` and gives each frame to one of the rings, until the port is closed, the signal aborts or {@link Distribution.stop}
 * is called. Frames of one flow, or of one VLAN, go to the same ring in the order in which they came. They stay in order also when
 * another worker takes over the ring of one that ended.
 *
 * A frame whose ring is full is dropped and counted: no worker waits for another. The rings take this thread as their sender from here
 * on. Rings and queue must have one pool.
 *
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT`, `ERR_PMD_BUSY` (another thread sends to a ring), `ERR_PMD_POOL_MISMATCH`.
 */
export function distribute(
  rx: RxQueue,
  rings: readonly Ring[],
  options: DistributeOptions = {},
): Distribution {
  if (!(rx instanceof RxQueue))
    throw invalidArgument(`${describe(rx)} is not an RX queue`, 'pass port.rx[0]');
  const list = copyList('rings', rings, Limit.lanes, `pass 1 to ${Limit.lanes} rings`);
  if (list.length === 0) throw invalidArgument('rings is empty', `pass 1 to ${Limit.lanes} rings`);
  const known = ['by', 'signal', 'sliceUs', 'priority'] as const;
  const { by = 'flow', ...pace } = checkOptions('options', options, known);
  if (typeof by !== 'function') checkOneOf('by', by, ['flow', 'tag']);
  const lanes = list.map((ring, k) => {
    if (!(ring instanceof Ring)) throw invalidArgument(`rings[${k}] is ${describe(ring)}`, 'pass rings');
    if (ring.pool.bytes.buffer !== rx.pool.bytes.buffer)
      throw new PmdError('ERR_PMD_POOL_MISMATCH', `rings[${k}] has another pool than the queue`, {
        hint: "make rings with the port's pool",
      });
    return { tx: TxQueue.handleOf(ring.tx), gathered: rx.pool.createBurst(Limit.burst), dropped: 0 };
  });
  return new Distribution(internal, rx.bursts(pace), lanes, by);
}
