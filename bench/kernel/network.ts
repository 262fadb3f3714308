import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const ownUser = ['--map-root-user', '--net'];

/** A network of its own, without root, with cables and TAP interfaces in it. */
export class Network {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** Why this system grants none; undefined if it does. */
  static problem(): string | undefined {
    const { status, error, stderr } = spawnSync('unshare', [...ownUser, 'true'], { encoding: 'utf8' });
    return status === 0 ? undefined : `no network namespace: ${(error ?? stderr).toString().trim()}`;
  }

  static async create(): Promise<Network> {
    const holder = spawn('unshare', [...ownUser, 'sleep', 'infinity'], { stdio: 'ignore' });
    await once(holder, 'spawn');
    const own = readlinkSync('/proc/self/ns/net');
    while (readlinkSync(`/proc/${holder.pid}/ns/net`) === own) await delay(1);
    return new Network(holder);
  }

  /** The words that make a command run here. */
  within(...args: string[]): [program: string, args: string[]] {
    return [
      'nsenter',
      ['--user', '--net', '--preserve-credentials', `--target=${this.#holder.pid}`, ...args],
    ];
  }

  run(...args: string[]): void {
    const [program, rest] = this.within(...args);
    execFileSync(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Makes a cable whose ends have these names. */
  async cable(left: string, right: string): Promise<void> {
    this.run('ip', 'link', 'add', left, 'type', 'veth', 'peer', 'name', right);
    for (const end of [left, right]) this.#silence(end);
    while (!this.#show(right).includes('state UP')) await delay(1);
  }

  /** Makes a TAP interface that stays without a program; it has a carrier while one has it open. */
  tap(name: string): void {
    this.run('ip', 'tuntap', 'add', name, 'mode', 'tap');
    this.#silence(name);
  }

  /** The kernel says nothing on it by itself. */
  #silence(name: string): void {
    this.run('sysctl', '-qw', `net.ipv6.conf.${name}.disable_ipv6=1`);
    this.run('ip', 'link', 'set', name, 'up');
  }

  #show(name: string): string {
    const [program, rest] = this.within('ip', 'link', 'show', name);
    return execFileSync(program, rest, { encoding: 'utf8' });
  }

  async close(): Promise<void> {
    this.#holder.kill('SIGKILL');
    await once(this.#holder, 'exit');
  }
}
