import { type Command, InvalidArgumentError } from 'commander';
import { latenciesOf } from '../documents/latencies.ts';
import { decimal, group, rateUnit, timeUnit, withUnit } from '../results/figures.ts';
import type { Results } from '../results/results.ts';
import { parseDurationNs, parsePercent, parsePps } from './values.ts';

/** What a script wants to hold of a result. */
export interface AssertionFlags {
  /** Ratio. */
  maxLoss?: number;
  /** Frames per second. */
  minRate?: number;
  /** In nanoseconds. */
  maxLatency?: number;
}

type Assertion = keyof AssertionFlags;

const options: Record<Assertion, (command: Command) => Command> = {
  maxLoss: (command) =>
    command.option('--max-loss <percent>', 'end with 3 if more is lost', parsePercent(0, 100)),
  minRate: (command) =>
    command.option('--min-rate <pps>', 'end with 3 if fewer frames per second move', parseLeastRate),
  maxLatency: (command) =>
    command.option('--max-latency <time>', 'end with 3 if a probe takes longer: 50us, 1ms', parseDurationNs),
};

/** Adds the assertions that the command finds figures for. */
export function withAssertions(command: Command, assertions: readonly Assertion[]): Command {
  for (const assertion of assertions) options[assertion](command);
  return command;
}

function parseLeastRate(text: string): number {
  const { numerator, denominator } = parsePps(text);
  if (denominator === 0) throw new InvalidArgumentError('Use a rate above 0.');
  return numerator / denominator;
}

/** What of the result is not as it was to be: a line each. */
export function unmetBy(results: Results, { maxLoss, minRate, maxLatency }: AssertionFlags): string[] {
  const loss = lossOf(results);
  const rate = rateOf(results);
  const latencyNs = latencyOf(results);
  const percent = (ratio: number) => `${decimal(100 * ratio, 3)} %`;
  const pps = (value: number) => withUnit(value, rateUnit(value));
  const time = (ns: number) => withUnit(ns, timeUnit(ns));
  return [
    ...nothingArrived(results),
    ...(maxLoss !== undefined && loss !== null && loss > maxLoss
      ? [`${percent(loss)} were lost: --max-loss allows ${percent(maxLoss)}`]
      : []),
    ...(minRate !== undefined && rate < minRate
      ? [`${pps(rate)} moved: --min-rate wants ${pps(minRate)}`]
      : []),
    ...(maxLatency !== undefined && (latencyNs === null || latencyNs > maxLatency)
      ? [
          latencyNs === null
            ? 'no probe came back: --max-latency has nothing to hold'
            : `a probe took ${time(latencyNs)}: --max-latency allows ${time(maxLatency)}`,
        ]
      : []),
  ];
}

/** Of the worst trial, load or port; null of a command that can't know. */
function lossOf({ details }: Results): number | null {
  const { loss = [], rate = [] } = details;
  const ratios = [
    ...loss.flatMap(({ trials }) => trials.map(({ lossRatio }) => lossRatio)),
    ...latenciesOf(details).map(({ result: { lost, sent } }) => (sent === 0 ? 1 : lost / sent)),
    ...rate.flatMap(({ sent, received }) => (received === null || sent === 0 ? [] : [1 - received / sent])),
  ];
  return ratios.length === 0 ? null : Math.max(...ratios);
}

/** Of the worst size and goal, where there are any; else of all ports together. */
function rateOf({ command, details: { throughput = [] }, ports }: Results): number {
  const found = throughput.flatMap(({ goals }) =>
    goals.map(({ conditionalThroughput }) => conditionalThroughput ?? 0),
  );
  if (found.length > 0) return Math.min(...found);
  const direction = command === 'tx' || command === 'fwd' ? 'txPps' : 'rxPps';
  return ports.reduce((sum, port) => sum + port[direction], 0);
}

/** The longest of all; null when there is none. */
function latencyOf({ details }: Results): number | null {
  const most = latenciesOf(details).map(({ result }) => result.latencyNanoseconds.max);
  return most.length === 0 || most.includes(null) ? null : Math.max(...most.map((max) => max ?? 0));
}

/** Commands that send from one port and receive at another. */
const twoEnded = new Set(['latency', 'throughput', 'loss', 'burst']);

/** All is lost: a fault of the set-up, and no figure. */
function nothingArrived({ command, ports, error }: Results): string[] {
  const [tx, rx] = ports;
  if (error !== null || !twoEnded.has(command) || tx === undefined || rx === undefined) return [];
  if (tx.txPackets === 0 || rx.rxPackets > 0) return [];
  return [
    `none of ${group(tx.txPackets)} frames from ${tx.address} arrived at ${rx.address}: ${causeOf(tx.address, rx.address)}`,
  ];
}

function causeOf(tx: string, rx: string): string {
  const [from, to] = [tx, rx].map((address) => /^emu:([^,]*)/.exec(address)?.[1]);
  if (from !== undefined && to !== undefined && from !== to)
    return 'these are two wires, give both ends one name';
  if (from !== undefined) return 'what is sent is for another MAC or VLAN than the port has';
  return 'check the cable or bridge between them, --dst, and the VLAN of both';
}
