import type { BenchContext, Comparison } from '../comparison.ts';
import {
  compare,
  compareCost,
  costName,
  cpus,
  inNetwork,
  type Load,
  packetPeer,
  portProgram,
  start,
} from '../kernel/forwarding.ts';
import type { Network } from '../kernel/network.ts';
import { median } from '../statistics.ts';

const loads: readonly Load[] = [
  { name: 'as fast as it goes', perSecond: 0, bytes: 60, frames: 1_000_000 },
  { name: 'as fast as it goes', perSecond: 0, bytes: 1514, frames: 1_000_000 },
  { name: '100,000 a second', perSecond: 100_000, bytes: 60, frames: 400_000 },
];

const names = { lone: 'lone frame, TypeScript / C', rings: 'lone frame, blocks / slots' } as const;

/** What a `packet:` port costs beside a C program that does the same with the same kind of socket. */
export const packet: Comparison = {
  name: 'packet',
  title:
    'packet: ports over veth, against a C program with packet sockets: lone frames, and CPU time of forwarding',
  run: (context) =>
    inNetwork(context, [names.lone, names.rings, costName], 'veth', async (network) => {
      await network.cable('a0', 'a1');
      await network.cable('b0', 'b1');
      await compareLoneFrames(context, network);
      const forwarder = {
        TypeScript: [...portProgram, 'forward', 'packet:a1,promiscuous', 'packet:b0'],
        C: [packetPeer, 'forward', 'a1', 'b0'],
      };
      for (const load of loads) await compareCost(context, network, forwarder, 'a0', load);
    }),
};

async function compareLoneFrames(context: BenchContext, network: Network): Promise<void> {
  const frames = context.smoke ? 100 : 2000;
  const run =
    (...command: string[]) =>
    async () => {
      const answering = start(network, cpus.measured, [...command, `${frames}`]);
      await answering.line(); // ready
      const asking = start(network, cpus.traffic, [packetPeer, 'ping', 'a0', `${frames}`, '1000', '60']);
      const times = (await asking.rest()).map((ns) => Number(ns) / 1000);
      await answering.rest();
      return median(times.slice(frames / 4));
    };
  const configuration = 'p50, 60 bytes, 1 ms apart';
  const slots = run(...portProgram, 'echo', 'packet:a1,promiscuous');
  const unit = 'µs';
  await compare(context, { name: names.lone, configuration }, { unit, limit: 1.5 }, [
    ['TypeScript', slots],
    ['C', run(packetPeer, 'echo', 'a1')],
  ]);
  await compare(context, { name: names.rings, configuration }, { unit }, [
    ['blocks', run(...portProgram, 'echo', 'packet:a1,promiscuous,blocks')],
    ['slots', slots],
  ]);
}
