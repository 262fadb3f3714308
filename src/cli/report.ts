import { wireOverheadBytes } from '../measure/ethernet.ts';
import type { PortRate } from '../measure/rate-report.ts';
import type { EndedBy, Interval, PortCounts, Results } from '../measure/results.ts';
import { paint } from './style.ts';
import { alignColumns } from './table.ts';

const endings: Record<EndedBy, string> = {
  duration: '',
  packets: ', all packets moved',
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
    return `${shortAddress(port.address)} ${pps.join(' ')}`;
  });
  const dropped = ports.reduce((sum, port) => sum + port.rxDropped + (port.txDropped ?? 0), 0);
  const drops = dropped > 0 ? `, ${group(dropped)} dropped` : '';
  return `${(startSeconds + durationSeconds).toFixed(0).padStart(4)} s  ${rates.join('  ')} Mpps${drops}`;
}

/** The result for people. */
export function formatResults(results: Results, stream: NodeJS.WriteStream): string {
  const { ports, command, durationSeconds } = results;
  const rows = ports.length > 1 ? [...ports, totalOf(ports)] : ports;
  const [head, ...lines] = alignColumns([
    ['port', '', 'packets', 'Mpps', 'Mbit/s', 'dropped'],
    ...rows.flatMap((port) =>
      directionsOf(command).map((direction, i) => [
        i === 0 ? port.address : '',
        direction.toUpperCase(),
        ...portCells(port, direction, durationSeconds),
      ]),
    ),
  ]);
  return `${[paint(stream, 'bold', head!), ...lines, '', ...summary(results), ''].join('\n')}`;
}

function portCells(port: PortCounts, direction: Direction, durationSeconds: number): string[] {
  const packets = port[`${direction}Packets`];
  const bits = (port[`${direction}Bytes`] + packets * wireOverheadBytes) * 8;
  const dropped = direction === 'rx' ? port.rxDropped + (port.rxMissed ?? 0) : port.txDropped;
  return [
    group(packets),
    mega(port[`${direction}Pps`]),
    (bits / 1e6 / durationSeconds).toFixed(1),
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
    txPackets: sum((port) => port.txPackets),
    txBytes: sum((port) => port.txBytes),
    txDropped: sum((port) => port.txDropped ?? 0),
    rxPps: sum((port) => port.rxPps),
    txPps: sum((port) => port.txPps),
  };
}

function summary({
  durationSeconds,
  endedBy,
  cyclesPerPacket,
  packetsPerBurst,
  gc,
  environment,
  details,
}: Results): string[] {
  const { version, node, kernel, cpu, pageSize, buses } = environment;
  const costs = [
    `${durationSeconds.toFixed(2)} s${endings[endedBy]}`,
    ...(cyclesPerPacket === null ? [] : [`${cyclesPerPacket.toFixed(0)} cycles per packet`]),
    ...(packetsPerBurst === null ? [] : [`${packetsPerBurst.toFixed(1)} packets per burst`]),
    `${gc.count} garbage collection${gc.count === 1 ? '' : 's'} (${gc.milliseconds.toFixed(1)} ms)`,
  ];
  return [
    costs.join(', '),
    ...rateLines(details),
    `Mbit/s are the wire's: with ${wireOverheadBytes} bytes of framing and FCS per frame`,
    `vfio-pmd ${version}, Node ${node}, Linux ${kernel}, ${cpu}, ${pageSize / 1024} KiB pages, ${[...new Set(buses)].join(' and ')}`,
  ];
}

/** What became of a rate, a line for each port. */
function rateLines({ rate = [] }: { rate?: PortRate[] }): string[] {
  return rate.map(({ address, intendedPps, intended, offered, sent, received, deviationNanoseconds }) => {
    const counts = [
      `intended ${group(intended)} at ${mega(intendedPps)} Mpps`,
      `offered ${group(offered)}`,
      `sent ${group(sent)}`,
      ...(received === null ? [] : [`received ${group(received)}`]),
    ];
    const p99 = deviationNanoseconds.p99;
    const lateness = p99 === null ? '' : `; 99 % left at most ${(p99 / 1000).toFixed(1)} µs late`;
    return `${shortAddress(address)}: ${counts.join(', ')}${lateness}`;
  });
}

function mega(perSecond: number): string {
  return (perSecond / 1e6).toFixed(3);
}

/** Without what shapes its peer or wire. */
function shortAddress(address: string): string {
  return address.split(',', 1)[0]!;
}

/** Digits in groups of three, by spaces that need no locale. */
function group(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}
