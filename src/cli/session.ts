import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import { pinThread } from '../core/threads.ts';
import { measure } from '../measure/measure.ts';
import { PortGroup } from '../measure/port-group.ts';
import type { Work } from '../measure/work.ts';
import { describeEnvironment } from '../results/environment.ts';
import { type Measurement, portResult, type Results, schemaName } from '../results/results.ts';
import { unmetBy } from './assertions.ts';
import { ExitCode, fail, UsageError } from './exit.ts';
import type { NamedFile } from './files.ts';
import { LiveLine } from './live-line.ts';
import { ResultOutputs } from './result-outputs.ts';
import { formatInterval, formatResults } from './result-table.ts';
import type { TrafficFlags } from './traffic-command.ts';
import { whenReaderLeaves } from './watch-outputs.ts';

/** One run of a measuring command. */
export interface TrafficRun {
  command: string;
  addresses: readonly string[];
  flags: TrafficFlags;
  /** The command's own options, for the results. */
  options: Record<string, unknown>;
  /** Whether packet memory is to be where a WebAssembly program can reach it. */
  forProgram?: boolean;
  /** Files that it reads or writes beside its outputs. */
  reads?: readonly NamedFile[];
  writes?: readonly NamedFile[];
  createWork(pool: Pool, ports: readonly Port[], outputs: ResultOutputs): Work | Promise<Work>;
}

/** Opens the ports, measures until something ends the run, writes the result, and leaves the exit code. */
export async function runTraffic(run: TrafficRun): Promise<void> {
  const stop = new AbortController();
  whenReaderLeaves(() => stop.abort());
  const outputs = new ResultOutputs(run.flags, run);
  const unlisten = abortOnSignals(stop);
  try {
    const results = await measureRun(run, outputs, stop.signal);
    const unmet = unmetBy(results, run.flags);
    for (const line of unmet) fail(line, ExitCode.unmet);
    if (!outputs.usesStdout) process.stdout.write(formatResults(results, process.stdout));
    await outputs.end(results);
    if (results.error !== null) fail(results.error.message, ExitCode.failure);
  } finally {
    outputs.abandon();
    unlisten();
  }
}

async function measureRun(run: TrafficRun, outputs: ResultOutputs, signal: AbortSignal): Promise<Results> {
  const { flags, addresses, command } = run;
  const { duration: durationMs, packets, burst: burstSize, rxRing, txRing, buffers } = flags;
  const { mtu, mac: macs = [], interval: intervalMs } = flags;
  if (macs.length > addresses.length)
    throw new UsageError(
      `${macs.length} times --mac, and ${addresses.length} ports: give one for each port at most`,
    );
  const group = await PortGroup.open(addresses, {
    ...{ rxRing, txRing, burstSize, buffers, mtu, macs },
    forProgram: run.forProgram,
  });
  const live = new LiveLine(process.stderr, !outputs.usesStdout || process.stderr.isTTY);
  let measurement: Measurement;
  try {
    const { pool, ports } = group;
    if (flags.cpu !== undefined) pinThread(flags.cpu); // now: the threads that ports start would inherit it
    const work = await run.createWork(pool, ports, outputs);
    outputs.begin();
    measurement = await measure(work, ports, {
      durationMs,
      packets,
      signal,
      intervalMs,
      onInterval: (interval) => {
        live.show(formatInterval(interval, command));
        outputs.interval(interval);
      },
      onNotice: (notice) => {
        live.note(notice.text);
        outputs.notice(notice);
      },
    });
  } finally {
    live.clear();
    await group.close();
  }
  return resultsOf(run, group, measurement);
}

function resultsOf(run: TrafficRun, { pool, ports }: PortGroup, measurement: Measurement): Results {
  const { duration, packets = null, burst, rxRing, txRing } = run.flags;
  const durationSeconds = duration === undefined ? null : duration / 1000;
  return {
    schema: schemaName,
    command: run.command,
    options: { durationSeconds, packets, burst, rxRing, txRing, buffers: pool.buffers, ...run.options },
    environment: describeEnvironment(pool, ports),
    ...measurement,
    ports: ports.map((port, i) => portResult(port, measurement.ports[i]!)),
    latencyNanoseconds: measurement.details.latency?.latencyNanoseconds ?? null,
  };
}

/** The first signal ends the run with its result; the second ends the process, as it would without us. */
function abortOnSignals(stop: AbortController): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const unlisten = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = () => {
    unlisten();
    stop.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  return unlisten;
}
