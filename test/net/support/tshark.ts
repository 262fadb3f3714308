import { runTool } from '../../pcap/support/tools.ts';

/** A frame's fields, as tshark names them; one that the frame has not is ''. Of a field that it has more than once, the first. */
export type SharkFields<Name extends string> = Record<Name, string>;

const options = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'ip.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'sctp.checksum:CRC 32c',
  'tcp.relative_sequence_numbers:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
];

/** What tshark says of every frame of a file. */
export async function dissect<Name extends string>(
  file: string,
  names: readonly Name[],
): Promise<SharkFields<Name>[]> {
  const columns = names.flatMap((name) => ['-e', name]);
  const preferences = options.flatMap((option) => ['-o', option]);
  const form = ['-T', 'fields', '-E', 'separator=;', '-E', 'occurrence=f'];
  const { stdout } = await runTool('tshark', '-n', '-r', file, ...preferences, ...form, ...columns);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const values = line.split(';');
      return Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])) as SharkFields<Name>;
    });
}
