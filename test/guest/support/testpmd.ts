import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { untilSeen } from '../../support/until.ts';

/** Where the runner has unpacked DPDK. */
const root = process.env['PMD_DPDK_ROOT'];
const drivers = ['bus_pci', 'mempool_ring', 'net_e1000'];

/** Why there is no testpmd. */
export const testpmdMissing: string | undefined =
  root === undefined ? "this distribution's package dpdk-dev could not be fetched" : undefined;

/** What starts it on VFs. */
export function testpmdCommand(addresses: readonly string[], options: readonly string[]): string[] {
  const libraries = join(root!, 'usr/lib/x86_64-linux-gnu');
  const essential = join(root!, 'lib/x86_64-linux-gnu'); // libnl's, where the host has none
  const [plugins] = readdirSync(join(libraries, 'dpdk')).filter((name) => name.startsWith('pmds-'));
  const load = drivers.flatMap((name) => ['-d', join(libraries, 'dpdk', plugins!, `librte_${name}.so`)]);
  // both of its threads on one processor: the guest may have no more
  const devices = addresses.flatMap((address) => ['-a', address]);
  const eal = [
    '--lcores',
    '(0-1)@0',
    ...devices,
    '--iova-mode=va',
    '--in-memory',
    '--log-level=warning',
    ...load,
  ];
  const own = ['--nb-cores=1', '--port-topology=loop', '--total-num-mbufs=8192', ...options];
  // unbuffered, or its prompt never arrives: it asks the C library for nothing when it writes to a pipe
  const program = ['stdbuf', '-o0', join(root!, 'usr/bin/dpdk-testpmd')];
  return ['env', `LD_LIBRARY_PATH=${libraries}:${essential}`, ...program, ...eal, '--', ...own];
}

/** DPDK's own test program, on VFs, doing as it was told until it is ended. */
export class Testpmd {
  readonly #child: ChildProcessWithoutNullStreams;
  #output = '';

  private constructor(addresses: readonly string[], options: readonly string[]) {
    const [program, ...args] = testpmdCommand(addresses, options);
    this.#child = spawn(program!, args);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk) => {
        this.#output += chunk;
      });
    }
  }

  static async start(addresses: string | readonly string[], ...options: string[]): Promise<Testpmd> {
    const testpmd = new Testpmd([addresses].flat(), options);
    try {
      await untilSeen('testpmd to start', () => {
        if (testpmd.#child.exitCode !== null) throw new Error(`testpmd ended:\n${testpmd.#output}`);
        return testpmd.#output.includes('Press enter to exit');
      });
    } catch (error) {
      await testpmd.kill();
      throw new Error(`${(error as Error).message}; testpmd said:\n${testpmd.#output}`);
    }
    return testpmd;
  }

  /** Ends it, whatever it does, so that the VF is free again. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
  /** Ends it; returns what it has counted on all of its ports. */
  async end(): Promise<{ received: number; sent: number }> {
    const closed = once(this.#child, 'close');
    this.#child.stdin.write('\n');
    await closed;
    const counts = /Accumulated[\s\S]*RX-packets: (\d+)[\s\S]*?TX-packets: (\d+)/;
    const [, received, sent] = counts.exec(this.#output) ?? [];
    return { received: Number(received), sent: Number(sent) };
  }
}
