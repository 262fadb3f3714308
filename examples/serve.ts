import type { Burst, Pool, Port } from 'vfio-pmd';

/**
 * Receives from all ports until Ctrl-C, and does with each frame what `decide` says of it: a `Verdict`. `outs` are the bursts that
 * leave by each port. Closes everything at the end, and returns how many frames came.
 */
export async function serve(
  pool: Pool,
  ports: readonly Port[],
  decide: (burst: Burst, i: number, from: number, outs: readonly Burst[]) => number,
): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
  const outs = ports.map(() => pool.createBurst(64));
  let packets = 0;
  const serveOne = async (port: Port, from: number): Promise<void> => {
    for await (const burst of port.rx[0].bursts({ signal: stop.signal, columns: ['verdict'] })) {
      packets += burst.count;
      for (let i = 0; i < burst.count; i++) burst.verdicts[i] = decide(burst, i, from, outs);
      burst.deal(outs);
      for (const [n, out] of outs.entries()) {
        ports[n]!.tx[0].send(out);
        out.release(); // what the ring has no room for
      }
    }
  };
  console.log(`${ports.map(({ address }) => address).join(', ')}: ready`);
  await Promise.all(ports.map(serveOne));
  await Promise.all(ports.map((port) => port.close()));
  await pool.close();
  return packets;
}
