import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { ConsoleTail } from './console-tail.ts';
import { guestStreams } from './qemu-args.ts';
import type { QemuTool } from './tools.ts';

/** A QEMU that runs, and the streams that lead into its guest. */
export class QemuProcess {
  /** The end of what the guest's console and QEMU itself said. */
  readonly tail = new ConsoleTail();
  /** Settles when QEMU has ended, however that came about. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;

  /** `extraFds` become file descriptors from 8 on. */
  constructor(qemu: QemuTool, args: readonly string[], extraFds: readonly number[] = []) {
    const streams = Object.values(guestStreams).map(() => 'pipe' as const);
    // PDEATHSIG outlives exec: should this process die, even by SIGKILL, the kernel ends QEMU with it
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', qemu.program, ...args], {
      env: { ...process.env, ...qemu.env },
      stdio: ['ignore', 'ignore', 'pipe', ...streams, ...extraFds],
      // a terminal's Ctrl-C is for this process to act on
      detached: true,
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => this.tail.append(chunk));
    this.console.on('data', (chunk: Buffer) => this.tail.append(chunk));
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.tail.append(Buffer.from(`${error.message}\n`));
        resolve();
      });
      this.#child.once('close', () => resolve());
    });
    for (const name of Object.keys(guestStreams) as (keyof typeof guestStreams)[]) {
      // a QEMU that ends resets its sockets; `ended` is how that is told
      this.stream(name).on('error', () => undefined);
    }
  }

  get console(): Duplex {
    return this.stream('console');
  }

  stream(name: keyof typeof guestStreams): Duplex {
    return (this.#child.stdio as unknown as Duplex[])[guestStreams[name]]!;
  }

  /** Ends QEMU at once: files of the host were written as the guest wrote them, so nothing is left to flush. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
