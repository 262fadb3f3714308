import { once } from 'node:events';
import { PmdError } from '../core/errors.ts';
import type { Port } from '../core/port.ts';
import type { Details } from '../results/details.ts';
import type { EndedBy, Interval, Measurement, Notice } from '../results/results.ts';
import { drainTx, refreshAll } from './drain.ts';
import { GcCounter } from './gc-counter.ts';
import { PollLoop } from './poll-loop.ts';
import { watchPorts, whenEnded } from './port-events.ts';
import { type Sample, Sampler } from './sampler.ts';
import { explainStall, type Stall, stallOf } from './stall.ts';
import type { Work } from './work.ts';

/** When a run ends, and who hears of it meanwhile. */
export interface MeasureOptions {
  durationMs?: number | undefined;
  /** Frames in all. */
  packets?: number | undefined;
  signal?: AbortSignal | undefined;
  /** How often rates are told, in milliseconds. Default 1000. */
  intervalMs?: number | undefined;
  onInterval?: (interval: Interval) => void;
  onNotice?: (notice: Notice) => void;
}

const defaultIntervalMs = 1000;

/** Polls the work until its time, its frames or the signal end it, and says what moved. Ports stay open. */
export async function measure(
  work: Work,
  ports: readonly Port[],
  options: MeasureOptions,
): Promise<Measurement> {
  const run = new Run(work, ports, options);
  await run.poll(options);
  work.release();
  const details = await run.finish();
  const { endedBy, error, loop, sampler, intervals, notices } = run;
  const total = sampler.total();
  const gc = await run.gc.stop();
  if (error === null) await drainTx(ports);
  const undelivered = sampler.undelivered();
  return {
    endedBy,
    error,
    startedAt: run.startedAt,
    durationSeconds: total.durationSeconds,
    ports: total.ports.map((counts, i) => ({ ...counts, txUndelivered: undelivered[i]! })),
    cyclesPerPacket: ratio(loop.busyCycles, loop.frames),
    packetsPerBurst: ratio(loop.frames, work.bursts.count),
    burstSizes: work.bursts.toRecord(),
    gc,
    intervals,
    notices,
    details,
  };
}

/** One run's state while it lasts. */
class Run {
  readonly startedAt = new Date().toISOString();
  readonly gc = new GcCounter();
  readonly intervals: Interval[] = [];
  readonly notices: Notice[] = [];
  readonly loop: PollLoop;
  readonly sampler: Sampler;
  endedBy: EndedBy = 'packets';
  error: Measurement['error'] = null;
  #stall: Stall | undefined;
  #explaining: Promise<void> | undefined;
  /** What the control of each port said last, by address. */
  readonly #lastWords = new Map<string, string>();
  readonly #work: Work;
  readonly #ports: readonly Port[];
  readonly #options: MeasureOptions;
  readonly #intervalMs: number;

  constructor(work: Work, ports: readonly Port[], options: MeasureOptions) {
    this.#work = work;
    this.#ports = ports;
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? defaultIntervalMs;
    this.loop = new PollLoop(work, options.packets ?? Number.POSITIVE_INFINITY);
    this.sampler = new Sampler(ports, work);
  }

  async poll({ durationMs, signal }: MeasureOptions): Promise<void> {
    const onAbort = () => this.#end('signal');
    const unwatch = watchPorts(this.#ports, (address, text) => {
      this.#lastWords.set(address, text);
      this.#notice(`${address}: ${text}`);
    });
    const unlisten = whenEnded(this.#ports, () => this.#end('done'));
    const ticker = setInterval(() => this.#tick(), this.#intervalMs);
    const timer = durationMs === undefined ? undefined : setTimeout(() => this.#end('duration'), durationMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      await this.loop.run();
      if (this.loop.interrupted) this.endedBy = 'signal';
      else if (this.endedBy === 'packets' && this.#work.done === true) this.endedBy = 'done';
    } catch (error) {
      await this.#hearWhy(error);
      this.#fail(error);
    } finally {
      clearInterval(ticker);
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      unwatch();
      unlisten();
    }
    this.#sample();
    await this.#explaining;
  }

  /** What fails here comes after whatever failed before: that is what the result names. */
  async finish(): Promise<Details> {
    try {
      const { details = {}, notes = [] } = (await this.#work.finish?.()) ?? {};
      for (const text of notes) this.#notice(text);
      return details;
    } catch (error) {
      if (this.error === null) this.#fail(error);
      return {};
    }
  }

  #end(endedBy: EndedBy): void {
    this.endedBy = endedBy;
    this.loop.stop();
  }

  /** A port that went away says why with an event, which may come after the error. */
  async #hearWhy(error: unknown): Promise<void> {
    if (!(error instanceof PmdError) || error.code !== 'ERR_PMD_REMOVED') return;
    const port = this.#ports.find(({ address }) => address === error.address);
    if (port === undefined || this.#lastWords.get(port.address)?.startsWith('removed')) return;
    await once(port, 'removal');
  }

  /** A port that went away ends the run, and what was measured until then is kept; anything else is a mistake of ours. */
  #fail(error: unknown): void {
    if (!(error instanceof PmdError)) throw error;
    this.endedBy = 'error';
    this.error = { code: error.code, message: error.message };
  }

  /** The last sample of a run has the rest, so that none is too short for a rate. */
  #tick(): void {
    const { durationMs } = this.#options;
    if (durationMs !== undefined && durationMs - this.sampler.elapsedSeconds * 1000 < this.#intervalMs / 2)
      return;
    this.#sample();
  }

  #sample(): void {
    const sample = this.sampler.sample();
    this.intervals.push(sample.interval);
    this.#options.onInterval?.(sample.interval);
    const stall = sample.interval.durationSeconds > 0.9 ? stallOf(sample, this.#work) : undefined;
    if (stall !== undefined && stall !== this.#stall) this.#explaining = this.#explain(stall, sample);
    this.#stall = stall;
  }

  /** After a look at the devices: what the control thread saw of them last is from before. */
  async #explain(stall: Stall, sample: Sample): Promise<void> {
    const { pause } = this.#work;
    if (pause !== undefined) return this.#notice(pause);
    await refreshAll(this.#ports).catch(() => undefined); // what fails then, fails the run as well
    const after = this.#ports.map((port) => port.stats());
    const what = { ...sample, after };
    this.#notice(explainStall(stall, this.#ports, what, this.#work, this.#lastWords));
  }

  #notice(text: string): void {
    const notice = { atSeconds: this.sampler.elapsedSeconds, text };
    this.notices.push(notice);
    this.#options.onNotice?.(notice);
  }
}

function ratio(dividend: number, divisor: number): number | null {
  return divisor > 0 ? dividend / divisor : null;
}
