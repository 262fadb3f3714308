import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { forTheProcess } from '../../support/owners.ts';
import { untilSeen } from '../../support/until.ts';

const ports = '/sys/class/virtio-ports';

function portOfMonitor(): string {
  const name = readdirSync(ports).find(
    (port) => readFileSync(`${ports}/${port}/name`, 'utf8') === 'monitor\n',
  );
  if (name === undefined || !existsSync(`/dev/${name}`)) throw new Error('the guest has no monitor port');
  return `/dev/${name}`;
}

/** QEMU's own monitor, from inside the guest: it plugs cards and cables. There is one, and it stays open. */
export class Monitor {
  static #instance: Promise<Monitor> | undefined;
  readonly #replies: Record<string, unknown>[] = [];
  readonly #fd = openSync(portOfMonitor(), 'r+');

  private constructor() {
    // Read by a process of its own: a read that waits in a thread of this one would keep it from ending.
    const reader = forTheProcess(() => spawn('cat', { stdio: [this.#fd, 'pipe', 'inherit'] }));
    createInterface({ input: reader.stdout! }).on('line', (line) => this.#replies.push(JSON.parse(line)));
    reader.unref();
    (reader.stdout as Socket).unref();
    process.once('exit', () => reader.kill());
  }

  static open(): Promise<Monitor> {
    Monitor.#instance ??= (async () => {
      const monitor = new Monitor();
      await monitor.execute('qmp_capabilities');
      return monitor;
    })();
    return Monitor.#instance;
  }

  async execute(command: string, args: Record<string, unknown> = {}): Promise<void> {
    const id = `${command}-${performance.now()}`;
    writeSync(this.#fd, `${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    await untilSeen(`QEMU's reply to ${command}`, () => this.#replies.some((reply) => reply['id'] === id));
    const reply = this.#replies.find((candidate) => candidate['id'] === id)!;
    if (reply['error'] !== undefined) throw new Error(`${command}: ${JSON.stringify(reply['error'])}`);
  }

  /** Waits until QEMU has told of an event that was not waited for yet. */
  async event(name: string, holds: (data: Record<string, unknown>) => boolean): Promise<void> {
    const find = () =>
      this.#replies.findIndex(
        (reply) => reply['event'] === name && holds((reply['data'] ?? {}) as Record<string, unknown>),
      );
    await untilSeen(`QEMU's event ${name}`, () => find() >= 0);
    this.#replies.splice(find(), 1);
  }
}
