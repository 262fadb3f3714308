import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, open, readFile, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { chooseAccelerator } from './accelerator.ts';
import { createEndMark, UntilMark } from './end-mark.ts';
import { guestFiles } from './guest-files.ts';
import { ensureInitramfs } from './initramfs.ts';
import { LabError } from './lab-error.ts';
import {
  type Accelerator,
  checkDirectories,
  checkOptions,
  type GuestOptions,
  type GuestResult,
  timeoutExitCode,
} from './options.ts';
import { guestArgs } from './qemu-args.ts';
import { QemuProcess } from './qemu-process.ts';
import { type Lab, setupLab } from './setup.ts';
import { WireSocket } from './wire-socket.ts';

/**
 * Boots a guest with emulated igb NICs whose root is the host's file system, runs a command in it as if it ran
 * here, and powers the guest off.
 *
 * @returns how the command ended. A guest that outlives `timeoutSeconds` has exit code 124, and the end of its
 *   console is written to `stderr`.
 * @throws LabError when the lab can't be set up, or the guest fails before the command could end.
 */
export async function runInGuest(options: GuestOptions): Promise<GuestResult> {
  checkOptions(options);
  await checkDirectories(options);
  options.signal?.throwIfAborted();
  const wire = options.wire === undefined ? undefined : await WireSocket.prepare(options.wire);
  try {
    return await runLab(options, wire);
  } finally {
    await wire?.remove();
  }
}

async function runLab(options: GuestOptions, wire: WireSocket | undefined): Promise<GuestResult> {
  const lab = await setupLab(options);
  const initramfs = await ensureInitramfs(lab);
  const accelerator = await chooseAccelerator(lab, initramfs, options.accel ?? 'auto');
  const endMark = createEndMark();
  // the kernel unpacks archives that follow each other as one
  const initrd = await openUnnamedFile([await readFile(initramfs), guestFiles(lab, options, endMark)]);
  try {
    options.signal?.throwIfAborted();
    const qemu = new QemuProcess(lab.qemu, guestArgs(lab, options, accelerator, wire?.path), [initrd.fd]);
    return await followGuest(qemu, lab, options, { accelerator, endMark, wire });
  } finally {
    await initrd.close();
  }
}

/** A file that is gone when its last user is, whatever ends them; the environment in it may hold secrets. */
async function openUnnamedFile(chunks: Buffer[]): Promise<FileHandle> {
  const path = join(tmpdir(), `vfio-pmd-lab-${randomUUID()}`);
  const ownerOnly = 0o600;
  const file = await open(path, 'wx+', ownerOnly);
  await unlink(path);
  for (const chunk of chunks) await file.writeFile(chunk);
  return file;
}

interface Guest {
  accelerator: Accelerator;
  endMark: string;
  wire: WireSocket | undefined;
}

async function followGuest(
  qemu: QemuProcess,
  lab: Lab,
  options: GuestOptions,
  { accelerator, endMark, wire }: Guest,
): Promise<GuestResult> {
  const started = performance.now();
  if (options.console !== undefined) qemu.console.pipe(createWriteStream(options.console));
  const guest = { bootSeconds: 0 };
  const boot = new BootLimit(qemu, options.bootTimeoutSeconds ?? 300);
  const onStarted = async () => {
    boot.clear();
    guest.bootSeconds = (performance.now() - started) / 1000;
    await wire?.publish();
  };
  const limits = new Limits(options);
  try {
    const command = followCommand(qemu, options, endMark, onStarted);
    const outcome = await Promise.race([command, limits.reached, boot.missed, diedEarly(qemu)]);
    const isTimeout = outcome === 'timeout';
    if (isTimeout) writeTimeout(qemu, options);
    return {
      exitCode: isTimeout ? timeoutExitCode : outcome,
      timedOut: isTimeout,
      accelerator,
      qemuVersion: lab.qemu.version,
      kernelRelease: lab.kernel.release,
      bootSeconds: guest.bootSeconds,
    };
  } finally {
    limits.clear();
    boot.clear();
    (options.stdin ?? process.stdin).unpipe(qemu.stream('stdin'));
    if (options.stdin === undefined) process.stdin.pause();
    await qemu.kill();
  }
}

/** Nobody reads the output any more: on the host the command would have died of SIGPIPE. */
const brokenPipeExitCode = 128 + 13;

/** Joins the command's streams and waits for its exit status and for the end of its output. */
async function followCommand(
  qemu: QemuProcess,
  options: GuestOptions,
  endMark: string,
  onStarted: () => Promise<void>,
): Promise<number> {
  const output = [
    forward(qemu, 'stdout', options.stdout ?? process.stdout, endMark),
    forward(qemu, 'stderr', options.stderr ?? process.stderr, endMark),
  ];
  const status = new Promise<number>((resolve, reject) => {
    createInterface({ input: qemu.stream('control') }).on('line', (line) => {
      const [word, ...rest] = line.split(' ');
      if (word === 'started') {
        onStarted().then(() => forwardInput(qemu, options), reject);
      }
      if (word === 'exit') resolve(Number(rest[0]));
      if (word === 'error') reject(guestError(`the guest can't be set up: ${rest.join(' ')}`, qemu));
    });
  });
  try {
    const [exitCode] = await Promise.all([status, ...output]);
    return exitCode;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return brokenPipeExitCode;
    throw error;
  }
}

function forward(
  qemu: QemuProcess,
  name: 'stdout' | 'stderr',
  destination: Writable,
  endMark: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // stays: writes that were under way when the reader left fail one after the other
    destination.on('error', reject);
    const text = qemu.stream(name).pipe(new UntilMark(endMark));
    text.pipe(destination, { end: false });
    text.once('end', () => {
      destination.off('error', reject);
      resolve();
    });
  });
}

function forwardInput(qemu: QemuProcess, options: GuestOptions): void {
  if (options.stdin === null) return;
  const source = options.stdin ?? process.stdin;
  if (source.readableEnded) qemu.stream('stdin').end();
  else source.pipe(qemu.stream('stdin'));
}

async function diedEarly(qemu: QemuProcess): Promise<never> {
  await qemu.ended;
  throw guestError('the guest ended before its command did', qemu);
}

function guestError(message: string, qemu: QemuProcess): LabError {
  const tail = qemu.tail.lines(20).map((line) => `  ${line}`);
  return new LabError(
    [`${message}; the end of its console:`, ...tail].join('\n'),
    'run it again with "console" to keep the whole console; another "kernel" or accel "tcg" narrows it down',
  );
}

/** A guest that hangs while it boots is told from one whose command runs long. */
class BootLimit {
  readonly missed: Promise<never>;
  #timer: NodeJS.Timeout | undefined;

  constructor(qemu: QemuProcess, seconds: number) {
    this.missed = new Promise((_, reject) => {
      const giveUp = () =>
        reject(guestError(`the guest has not begun its command within ${seconds} s`, qemu));
      this.#timer = setTimeout(giveUp, seconds * 1000);
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

function writeTimeout(qemu: QemuProcess, options: GuestOptions): void {
  const tail = qemu.tail.lines(20).map((line) => `  ${line}\n`);
  const text = `lab: the guest ran longer than ${options.timeoutSeconds} s; the end of its console:\n`;
  (options.stderr ?? process.stderr).write(text + tail.join(''));
}

/** What ends a guest from outside: its time limit, or the caller. */
class Limits {
  readonly reached: Promise<'timeout'>;
  #timer: NodeJS.Timeout | undefined;
  #forget: () => void = () => undefined;

  constructor(options: GuestOptions) {
    this.reached = new Promise((resolve, reject) => {
      const { timeoutSeconds, signal } = options;
      if (timeoutSeconds !== undefined) {
        this.#timer = setTimeout(() => resolve('timeout'), timeoutSeconds * 1000);
      }
      const abort = () => reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      this.#forget = () => signal?.removeEventListener('abort', abort);
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#forget();
  }
}
