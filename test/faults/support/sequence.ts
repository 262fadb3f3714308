import assert from 'node:assert/strict';
import {
  type Burst,
  createPool,
  openPort,
  PmdError,
  type Pool,
  type PoolToken,
  type Port,
  type RxQueueToken,
  type TxQueueToken,
} from '../../../src/index.ts';
import { freshName } from '../../support/ports.ts';
import { settles } from '../../support/until.ts';
import { startWorker } from '../../support/workers.ts';
import { addsUp, allOf, inject } from './rig.ts';

/** One thing done to one of the three ports of a sequence: two on a wire, one with a flood. */
export interface Step {
  port: 0 | 1 | 2;
  what: Deed;
  /** Whatever the deed makes of it. */
  number: number;
}

/** What the worker is told to do. */
export interface Order {
  id: number;
  what: 'receive' | 'send' | 'allocate' | 'release' | 'detach' | 'count';
  pool: PoolToken;
  rx?: RxQueueToken;
  tx?: TxQueueToken;
}

const buffers = 2048;
const ring = 64;

/** A PmdError is an answer; anything else is not. */
function check(error: unknown): void {
  assert.ok(error instanceof PmdError, error instanceof Error ? error.stack : String(error));
  assert.notEqual(error.code, 'ERR_PMD_INTERNAL', error.message);
  assert.ok(error.hint, `${error.code} has no hint`);
}

/** A worker that uses the queues of all sequences. */
export class Helper {
  readonly #worker = startWorker('../faults/support/sequence-worker.ts', {});
  readonly #waiting = new Map<number, (result: number | string) => void>();
  #orders = 0;

  constructor() {
    this.#worker.on('message', ({ id, result }: { id: number; result: number | string }) => {
      this.#waiting.get(id)!(result);
      this.#waiting.delete(id);
    });
  }

  async do(order: Omit<Order, 'id'>): Promise<number | string> {
    const id = this.#orders++;
    const done = new Promise<number | string>((resolve) => this.#waiting.set(id, resolve));
    this.#worker.postMessage({ ...order, id });
    return await settles(`${order.what} in the worker`, done);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** What a sequence has open, and holds; the next one may have the same pool. */
export class Scene {
  readonly ports: (Port | undefined)[] = [undefined, undefined, undefined];
  readonly burst: Burst;
  readonly pool: Pool;
  readonly #helper: Helper;
  readonly #asked: Promise<void>[] = [];
  #wire = freshName();
  /** Whether the worker may have buffers of this pool, were it only in its cache. */
  #helped = false;

  private constructor(pool: Pool, helper: Helper) {
    this.pool = pool;
    this.burst = pool.createBurst(64);
    this.#helper = helper;
  }

  static async make(helper: Helper): Promise<Scene> {
    return new Scene(await createPool({ buffers, hugePages: 'never' }), helper);
  }

  async open(i: number, faults: string): Promise<void> {
    if (this.ports[i] !== undefined) return;
    const address = i < 2 ? `emu:${this.#wire}` : `emu:${this.#wire}-flood,peer=flood,size=60-1514`;
    const port = await openPort(address + faults, { pool: this.pool, rxRing: ring, txRing: ring });
    this.ports[i] = port;
  }

  async close(i: number): Promise<void> {
    const port = this.ports[i];
    this.ports[i] = undefined;
    await port?.close();
  }

  /** Something whose end is waited for only when the scene ends. */
  ask(promise: Promise<unknown>): void {
    this.#asked.push(promise.then(() => {}, check));
  }

  async help(what: Order['what'], port: Port): Promise<void> {
    this.#helped = true;
    const [rx, tx] = [port.rx[0].token, port.tx[0].token];
    const result = await this.#helper.do({ what, pool: this.pool.token, rx, tx });
    assert.match(String(result), /^(\d+|ERR_PMD_(?!INTERNAL)[A-Z_]+)$/);
  }

  /** Does one thing; the pool must add up afterwards, whatever came of it. */
  async step({ what, port, number }: Step): Promise<void> {
    try {
      await settles(what, Promise.resolve(deeds[what](this, port, number)));
    } catch (error) {
      check(error);
    }
    addsUp(this.pool);
  }

  /** Ends a sequence: closes what is open, in time, and looks for lost buffers. */
  async end(): Promise<void> {
    await settles('closing', Promise.all([0, 1, 2].map((i) => this.close(i))));
    await settles('what was asked', Promise.all(this.#asked.splice(0)));
    this.burst.release();
    if (this.#helped) await this.#helper.do({ what: 'release', pool: this.pool.token });
    assert.deepEqual(this.pool.usage(), { free: buffers, rxRings: 0, txRings: 0, application: 0 });
    const { bursts, indices } = allOf(this.pool);
    const others = this.#helped ? await this.#helper.do({ what: 'count', pool: this.pool.token }) : 0;
    assert.equal(new Set(indices).size + Number(others), buffers, 'a buffer is lost');
    for (const burst of bursts) burst.release();
    this.#wire = freshName();
  }

  async dispose(): Promise<void> {
    await this.pool.close();
  }
}

type Act = (scene: Scene, port: Port, number: number) => unknown;
/** For a port that is open. */
const on =
  (act: Act) =>
  (scene: Scene, i: number, number: number): unknown => {
    const port = scene.ports[i];
    return port && act(scene, port, number);
  };
const pick = <T>(list: readonly T[], number: number): T => list[number % list.length]!;

// In the order of what they belong to. Those that end a device's life come last, and are rare in `deedNames`.
const faults = [
  ...['link-down', 'link-up', 'pf-down', 'pf-up', 'pf-reset', 'pf-reset-begin', 'pf-reset-end'],
  ...[
    'pf-deaf',
    'pf-hears',
    'reply-ignore',
    'reply-drop',
    'reply-nack',
    'reply-wrong',
    'reply-garbage',
    'reply-ping',
    'reply-old-ping',
  ],
  ...['reply-duplicate', 'reply-late:3000', 'rx-ce', 'rx-rxe:3', 'rx-l4e:2', 'rx-ipe', 'rx-unnamed:9'],
  ...[
    'rx-no-eop:3',
    'rx-no-eop:70',
    'rx-vlan',
    'rx-length:0',
    'rx-length:65535:2',
    'rx-length:2049',
    'rx-stray',
  ],
  ...['dma-miss:2', 'dma-stop', 'dma-slow:50', 'dma-run', 'irq-lose:3', 'irq-late:2000', 'irq-spurious'],
  ...['counters-wrap', 'function-reset', 'error'],
];
// Of a PF that does not answer openPort waits a second, and a full run for most of its time: pf.test.ts does that.
const faultsAtOpen = faults.filter((fault) => !/pf-down|pf-deaf|begin|ignore|drop|wrong|garbage/.test(fault));
const ends = ['removal', 'gone-ones', 'gone-zeros'];
const hostile = [0, 1, 13, 59, 2047, 2049, 0xffff, 0x8000_0000, 0xffff_ffff];

/**
 * Writes nonsense over one entry, uses it, and puts back what was there unless that is gone: a full ring may stop a send before
 * it comes to the entry.
 */
function useHostile(scene: Scene, port: Port, number: number): void {
  const { burst } = scene;
  const { count } = burst;
  if (count === 0) return;
  const i = number % count;
  const array = pick([burst.indices, burst.lengths, burst.offsets], number >> 6);
  const value = pick(hostile, number >> 8);
  // Another frame of the burst's would be a right entry, and leave with this one.
  if (array === burst.indices && array.subarray(0, count).includes(value)) return;
  const before = array[i]!;
  array[i] = value;
  const release = () => {
    burst.release(i);
    return count;
  };
  let gone = 0;
  try {
    gone = pick([() => port.tx[0].send(burst), release], number >> 12)();
  } catch (error) {
    check(error);
    assert.equal(burst.count, count, 'nothing was sent or released');
  }
  if (gone <= i) array[i - gone] = before;
}

const deeds = {
  open: (scene, i) => scene.open(i, ''),
  'open with a fault': (scene, i, n) => scene.open(i, `,fault=${pick(faultsAtOpen, n)}`),
  'open and lose': (scene, i, n) =>
    scene.open(i, `,fault=${pick(['gone-ones', 'gone-zeros'], n)}:${n % 150}`),
  close: (scene, i) => scene.close(i),
  'begin to close': (scene, i) => scene.ask(scene.close(i)),
  send: on(({ burst }, port, n) => {
    burst.allocate(n % 32);
    for (let i = 0; i < burst.count; i++) if (burst.lengths[i] === 0) burst.lengths[i] = 60 + (n % 1400);
    return port.tx[0].send(burst);
  }),
  receive: on(({ burst }, port, n) => port.rx[0].receive(burst, n % 70)),
  exchange: on(({ burst, ports }, port, n) => {
    const from = ports[n % 3];
    return from && port.tx[0].exchange(burst, from.rx[0]);
  }),
  reclaim: on((_, port) => port.tx[0].reclaim()),
  release: ({ burst }, _, n) => burst.release(n % 8),
  'hostile entry': on(useHostile),
  'ask for a look': on((scene, port) => scene.ask(port.refresh())),
  'ask for a MAC': on((scene, port, n) =>
    scene.ask(port.setMac(`02:00:00:00:00:${(10 + (n % 80)).toString()}`)),
  ),
  'ask for an MTU': on((scene, port, n) => scene.ask(port.setMtu(68 + (n % 1900)))),
  'ask for a VLAN': on((scene, port, n) => scene.ask(port.setVlan(1 + (n % 4094), n % 3 > 0))),
  'ask for registers': on((scene, port) => scene.ask(port.registers())),
  detach: on((_, port) => [port.rx[0].detach(), port.tx[0].detach()]),
  'worker receives': on((scene, port) => scene.help('receive', port)),
  'worker sends': on((scene, port) => scene.help('send', port)),
  'worker allocates': on((scene, port) => scene.help('allocate', port)),
  'worker releases': on((scene, port) => scene.help('release', port)),
  'worker detaches': on((scene, port) => scene.help('detach', port)),
  fault: on((_, port, n) => inject(port, pick(faults, n))),
  end: on((_, port, n) => inject(port, pick(ends, n))),
} satisfies Record<string, (scene: Scene, port: Step['port'], number: number) => unknown>;

export type Deed = keyof typeof deeds;
export const deedNames = Object.keys(deeds) as Deed[];
