import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync, writeFileSync } from 'node:fs';
import { limitSeconds } from '../../support/limits.ts';
import { untilSeen } from '../../support/until.ts';

/** Runs a command, and returns what it printed. */
export function command(program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  });
}

export const ip = (...args: string[]): string => command('ip', ...args);

/** Whether somebody receives on the interface beside the kernel: packet sockets that are bound are listed. */
export function isWatched(name: string): boolean {
  const [shown] = JSON.parse(ip('-json', 'link', 'show', name)) as [{ ifindex: number }];
  const index = `${shown.ifindex}`;
  return command('cat', '/proc/net/packet')
    .split('\n')
    .some((line) => line.trim().split(/ +/)[4] === index);
}

/** A network of its own, with the kernel's stack in it: a host at the far end of a cable. */
class Host {
  readonly #holder: ChildProcess;
  readonly #namespace: string;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.#namespace = `/proc/${holder.pid}/ns/net`;
  }

  static async create(): Promise<Host> {
    const holder = spawn('unshare', ['-n', 'sleep', 'infinity'], { stdio: 'ignore' });
    const host = new Host(holder);
    const own = readlinkSync('/proc/self/ns/net');
    await untilSeen('a network namespace', () => readlinkSync(host.#namespace) !== own);
    host.ip('link', 'set', 'lo', 'up');
    return host;
  }

  get pid(): number {
    return this.#holder.pid!;
  }

  /** The words that make a command run here. */
  within(...args: string[]): [program: string, args: string[]] {
    return ['nsenter', [`--net=${this.#namespace}`, ...args]];
  }

  run(...args: string[]): string {
    const [program, rest] = this.within(...args);
    return command(program, ...rest);
  }

  ip(...args: string[]): string {
    return this.run('ip', ...args);
  }

  /**
   * Pings an address, 200 times a second: queues hold that for seconds. Returns the numbers of so many answers, the first ones; without a deadline
   * ping would leave when an answer takes longer than those before.
   */
  ping(address: string, answers: number): number[] {
    const deadline = `${Math.ceil(limitSeconds(120))}`;
    const said = this.run('ping', '-n', '-i', '0.005', '-c', `${answers}`, '-w', deadline, address);
    return [...said.matchAll(/icmp_seq=(\d+)/g)].map(([, number]) => Number(number)).slice(0, answers);
  }

  /** Moves an interface of this network here, gives it an address, and sets it up. */
  plug(name: string, address: string): void {
    ip('link', 'set', name, 'netns', `${this.pid}`);
    this.ip('addr', 'add', address, 'dev', name);
    this.ip('link', 'set', name, 'up');
  }

  async close(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    this.#holder.kill('SIGKILL');
    await once(this.#holder, 'exit');
  }
}

let cables = 0;

/** Cables and hosts that a test makes; all are gone when it ends. */
export class Network {
  readonly #hosts: Host[] = [];
  readonly #interfaces: string[] = [];

  /** Both ends of a cable, up, in this network. */
  async cable(): Promise<[left: string, right: string]> {
    cables += 1;
    const [left, right] = [`l${cables}`, `r${cables}`] as const;
    ip('link', 'add', left, 'type', 'veth', 'peer', 'name', right);
    this.#interfaces.push(left);
    for (const end of [left, right]) {
      quiet(end);
      ip('link', 'set', end, 'up');
    }
    await untilSeen('a cable to be up', () => ip('link', 'show', right).includes('state UP'));
    return [left, right];
  }

  /** The name of a TAP interface that does not exist; what a test makes of it is gone when it ends. */
  tap(): string {
    cables += 1;
    const name = `tap${cables}`;
    this.#interfaces.push(name);
    return name;
  }

  /** Nothing but a host. */
  async bareHost(): Promise<Host> {
    const host = await Host.create();
    this.#hosts.push(host);
    return host;
  }

  /** A host with this address at the far end of a cable; returns it, and the near end, which has no address. */
  async host(address: string): Promise<[host: Host, near: string, far: string]> {
    const host = await this.bareHost();
    const [near, far] = await this.cable();
    host.plug(far, address);
    await untilSeen('a cable to be up', () => ip('link', 'show', near).includes('state UP'));
    return [host, near, far];
  }

  async close(): Promise<void> {
    for (const name of this.#interfaces) {
      try {
        ip('link', 'del', name);
      } catch {
        // The test has done it, or renamed it.
      }
    }
    await Promise.all(this.#hosts.map((host) => host.close()));
  }
}

/** The kernel says nothing on an interface by itself. */
export function quiet(name: string): void {
  writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, '1');
}

/** Runs a test body with a {@link Network} of its own. */
export function networked(body: (this: Mocha.Context, network: Network) => Promise<void>) {
  return async function (this: Mocha.Context): Promise<void> {
    const network = new Network();
    try {
      await body.call(this, network);
    } finally {
      await network.close();
    }
  };
}

export type { Host };

/** The numbers of so many pings. */
export const firstOf = (pings: number): number[] => Array.from({ length: pings }, (_, i) => i + 1);
