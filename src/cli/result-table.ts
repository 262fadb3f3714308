import { wireOverheadBytes } from '../net/ethernet.ts';
import { decimal, group, mega, shortAddress } from '../results/figures.ts';
import type { EndedBy, Interval, PortCounts, Results } from '../results/results.ts';
import { detailLines } from './detail-lines.ts';
import { lossLines } from './loss-lines.ts';
import { paint, terminalWidth } from './style.ts';
import { alignColumns, wrapLine } from './table.ts';

const endings: Record<EndedBy, string> = {
  duration: '',
  packets: ', all packets moved',
  done: '',
  signal: ', interrupted',
  error: ', ended by an error',
};

type Direction = 'rx' | 'tx';

function directionsOf(command: string): readonly Direction[] {
  if (command === 'rx') return ['rx'];
  return command === 'tx' ? ['tx'] : ['rx', 'tx'];
}

/** The live line: what moves now. */
export function formatInterval({ startSeconds, durationSeconds, ports }: Interval, command: string): string {
  const directions = directionsOf(command);
  const rates = ports.map((port) => {
    const pps = directions.map((direction) => `${direction} ${mega(port[`${direction}Pps`])}`);
    return `${shortAddress(port.address)} ${pps.join(' ')} Mpps`;
  });
  const dropped = ports.reduce((sum, port) => sum + port.rxDropped + (port.txDropped ?? 0), 0);
  const drops = dropped > 0 ? [`${group(dropped)} dropped`] : [];
  return [timeOf(startSeconds + durationSeconds), ...drops, ...rates].join('  ');
}

/** Runs of less than ten seconds have something to tell within the first. */
function timeOf(seconds: number): string {
  return `${decimal(seconds, seconds < 9.95 ? 1 : 0).padStart(4)} s`;
}

/** The result for people. */
export function formatResults(results: Results, stream: NodeJS.WriteStream): string {
  const { ports, command, durationSeconds } = results;
  const rows = ports.length > 1 ? [...ports, totalOf(ports)] : ports;
  const width = terminalWidth(stream);
  const table = [
    ['port', '', 'packets', 'Mpps', 'Mbit/s', 'dropped'],
    ...rows.flatMap((port) =>
      directionsOf(command).map((direction, i) => [
        i === 0 ? port.address : '',
        direction.toUpperCase(),
        ...portCells(port, direction, durationSeconds),
      ]),
    ),
  ];
  const lines = alignColumns(table, { width, paintHead: (text) => paint(stream, 'bold', text) });
  return [...lines, '', ...summary(results, width).flatMap((line) => wrapLine(line, width)), ''].join('\n');
}

function portCells(port: PortCounts, direction: Direction, durationSeconds: number): string[] {
  const packets = port[`${direction}Packets`];
  const bits = (port[`${direction}Bytes`] + packets * wireOverheadBytes) * 8;
  const dropped = direction === 'rx' ? port.rxDropped + (port.rxMissed ?? 0) : port.txDropped;
  return [
    group(packets),
    mega(port[`${direction}Pps`]),
    decimal(bits / 1e6 / durationSeconds, 1),
    dropped === null ? '?' : group(dropped),
  ];
}

function totalOf(ports: readonly PortCounts[]): PortCounts {
  const sum = (value: (port: PortCounts) => number) => ports.reduce((total, port) => total + value(port), 0);
  return {
    address: 'total',
    rxPackets: sum((port) => port.rxPackets),
    rxBytes: sum((port) => port.rxBytes),
    rxDropped: sum((port) => port.rxDropped),
    rxMissed: sum((port) => port.rxMissed ?? 0),
    rxFiltered: sum((port) => port.rxFiltered ?? 0),
    txPackets: sum((port) => port.txPackets),
    txBytes: sum((port) => port.txBytes),
    txDropped: sum((port) => port.txDropped ?? 0),
    txUnsendable: sum((port) => port.txUnsendable),
    txUndelivered: sum((port) => port.txUndelivered ?? 0),
    rxPps: sum((port) => port.rxPps),
    txPps: sum((port) => port.txPps),
  };
}

function summary(results: Results, width: number): string[] {
  const { durationSeconds, endedBy, cyclesPerPacket, packetsPerBurst, gc, environment, details } = results;
  const { version, node, kernel, cpu, pageSize, buses } = environment;
  const costs = [
    `${decimal(durationSeconds, 2)} s${endings[endedBy]}`,
    ...(cyclesPerPacket === null ? [] : [`${decimal(cyclesPerPacket, 0)} cycles per packet`]),
    ...(packetsPerBurst === null ? [] : [`${decimal(packetsPerBurst, 1)} packets per burst`]),
    `${group(gc.count)} garbage collection${gc.count === 1 ? '' : 's'} (${decimal(gc.milliseconds, 1)} ms)`,
  ];
  return [
    costs.join(', '),
    ...detailLines(details, width),
    ...lossLines(results.ports),
    `Mbit/s are the wire's: with ${wireOverheadBytes} bytes of framing and FCS per frame`,
    `vfio-pmd ${version}, Node ${node}, Linux ${kernel}, ${cpu}, ${pageSize / 1024} KiB pages, ${[...new Set(buses)].join(' and ')}`,
  ];
}
