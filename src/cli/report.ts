import { wireOverheadBytes } from '../measure/ethernet.ts';
import type { EndedBy, Interval, PortCounts, Results } from '../measure/results.ts';
import { paint } from './style.ts';
import { alignColumns } from './table.ts';

const endings: Record<EndedBy, string> = {
  duration: '',
  packets: ', all packets moved',
  signal: ', interrupted',
  error: ', ended by an error',
};

/** The live line: what moves now. */
export function formatInterval({ startSeconds, durationSeconds, ports }: Interval, command: string): string {
  const rates = ports.map(({ address, rxPps, txPps }) => {
    const directions = [
      ...(command === 'tx' ? [] : [`rx ${mega(rxPps)}`]),
      ...(command === 'rx' ? [] : [`tx ${mega(txPps)}`]),
    ];
    return `${address} ${directions.join(' ')}`;
  });
  const dropped = ports.reduce((sum, port) => sum + port.rxDropped + (port.txDropped ?? 0), 0);
  const end = startSeconds + durationSeconds;
  return `${end.toFixed(0).padStart(4)} s  ${rates.join('  ')} Mpps${dropped > 0 ? `  ${group(dropped)} dropped` : ''}`;
}

/** The result for people. */
export function formatResults(results: Results, stream: NodeJS.WriteStream): string {
  const { ports, durationSeconds } = results;
  const [head, ...rows] = alignColumns([
    ['port', 'RX packets', 'Mpps', 'Mbit/s', 'dropped', 'TX packets', 'Mpps', 'Mbit/s', 'dropped'],
    ...ports.map((port) => portRow(port, durationSeconds)),
    ...(ports.length > 1 ? [portRow(totalOf(ports), durationSeconds)] : []),
  ]);
  return `${[paint(stream, 'bold', head!), ...rows, '', ...summary(results), ''].join('\n')}`;
}

function portRow(port: PortCounts, durationSeconds: number): string[] {
  const row = (packets: number, bytes: number, pps: number, dropped: number | null) => [
    group(packets),
    mega(pps),
    (((bytes + packets * wireOverheadBytes) * 8) / 1e6 / durationSeconds).toFixed(1),
    dropped === null ? '?' : group(dropped),
  ];
  return [
    port.address,
    ...row(port.rxPackets, port.rxBytes, port.rxPps, port.rxDropped + (port.rxMissed ?? 0)),
    ...row(port.txPackets, port.txBytes, port.txPps, port.txDropped),
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
}: Results): string[] {
  const { version, node, kernel, cpu, pageSize, buses } = environment;
  const costs = [
    `${durationSeconds.toFixed(2)} s${endings[endedBy]}`,
    `${cyclesPerPacket?.toFixed(0) ?? '?'} cycles per packet`,
    `${packetsPerBurst?.toFixed(1) ?? '?'} packets per burst`,
    `${gc.count} garbage collection${gc.count === 1 ? '' : 's'} (${gc.milliseconds.toFixed(1)} ms)`,
  ];
  return [
    costs.join(', '),
    `Mbit/s are the wire's: with ${wireOverheadBytes} bytes of framing and FCS per frame`,
    `vfio-pmd ${version}, Node ${node}, Linux ${kernel}, ${cpu}, ${pageSize / 1024} KiB pages, ${[...new Set(buses)].join(' and ')}`,
  ];
}

function mega(perSecond: number): string {
  return (perSecond / 1e6).toFixed(3);
}

/** Digits in groups of three, by spaces that need no locale. */
function group(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}
