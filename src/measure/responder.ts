import type { Burst } from '../core/burst.ts';
import { formatMac, parseMac } from '../core/mac.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { RxQueue } from '../core/rx-queue.ts';
import { restoreTags } from '../net/restore-tags.ts';
import type { EchoCounts } from '../results/echo-counts.ts';
import type { Outcome } from '../results/outcome.ts';
import { type Question, questions, Station } from '../traffic/station.ts';
import { BurstSizes } from './burst-sizes.ts';
import { Outlet } from './outlet.ts';
import type { Work } from './work.ts';

interface Side {
  readonly rx: RxQueue;
  readonly outlet: Outlet;
  readonly counts: EchoCounts;
  readonly burst: Burst;
  readonly keep: (burst: Burst, i: number) => boolean;
}

/** Answers ARP and ping, of IPv4 and IPv6, at each port. Whatever else arrives is released. */
export class Responder implements Work {
  readonly sends = false;
  readonly bursts = new BurstSizes();
  readonly #sides: readonly Side[];

  /** @param ips 4 or 16 bytes each. */
  constructor(pool: Pool, ports: readonly Port[], ips: readonly Uint8Array[], burstSize: number) {
    this.#sides = ports.map((port) => sideOf(pool, port, ips, burstSize));
  }

  /** Joins the groups that IPv6's questions are sent to. */
  static async join(ports: readonly Port[], ips: readonly Uint8Array[]): Promise<void> {
    const groups = ips.filter(({ length }) => length === 16).map(solicitedNodeMac);
    if (groups.length > 0) await Promise.all(ports.map((port) => port.setMulticast(groups)));
  }

  get txDropped(): number[] {
    return this.#sides.map(({ outlet }) => outlet.dropped);
  }

  get txUnsendable(): number[] {
    return this.#sides.map(({ outlet }) => outlet.unsendable);
  }

  round(budget: number): number {
    const sides = this.#sides;
    let moved = 0;
    for (let i = 0; i < sides.length; i++) moved += this.#answer(sides[i]!, budget - moved);
    return moved;
  }

  release(): void {
    for (const { burst } of this.#sides) burst.release();
  }

  async finish(): Promise<Outcome> {
    return { details: { echo: this.#sides.map(({ counts }) => counts) }, notes: [] };
  }

  #answer({ rx, outlet, burst, keep }: Side, budget: number): number {
    const received = rx.receive(burst, budget);
    if (received === 0) return 0;
    this.bursts.add(received);
    restoreTags(burst);
    burst.filter(keep);
    if (burst.count > 0) outlet.send(burst);
    return received;
  }
}

function sideOf(pool: Pool, port: Port, ips: readonly Uint8Array[], burstSize: number): Side {
  const station = new Station(parseMac(port.mac), ips);
  const none = Object.fromEntries(questions.map((question) => [question, 0])) as Record<Question, number>;
  const counts: EchoCounts = { address: port.address, ...none, ignored: 0 };
  const keep = (burst: Burst, i: number) => {
    const answer = station.answer(pool.bytes, burst.position(i), burst.lengths[i]!);
    if (answer === undefined) {
      counts.ignored++;
      return false;
    }
    counts[answer.question]++;
    burst.lengths[i] = answer.length;
    return true;
  };
  return { rx: port.rx[0], outlet: new Outlet(port), counts, burst: pool.createBurst(burstSize), keep };
}

/** Of the group that an IPv6 address belongs to by itself (RFC 4291, 2.7.1; RFC 2464, 7). */
function solicitedNodeMac(ip: Uint8Array): string {
  return formatMac(Uint8Array.of(0x33, 0x33, 0xff, ip[13]!, ip[14]!, ip[15]!));
}
