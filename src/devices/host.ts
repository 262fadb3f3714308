import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checkOptions, checkPath, checkText } from '../core/check.ts';
import { describe, invalidArgument } from '../core/errors.ts';
import {
  type InterfaceUse,
  listInterfaces,
  listInterfaceUses,
  type NetworkInterface,
} from '../core/interfaces.ts';

const execute = promisify(execFile);

/** How a {@link Host} is read. */
export interface HostOptions {
  /** Where its /sys, /proc and /dev lie. Default: `/`, this machine. */
  root?: string;
  /** Its network interfaces. Default: the kernel's, of this process's network namespace. */
  interfaces?: () => Promise<NetworkInterface[]>;
  /** Addresses and routes of its network interfaces. Default: the kernel's. */
  uses?: () => Promise<InterfaceUse[]>;
  /** The environment of its program. Default: this process's. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Files of the kernel's are no longer; more of one tells nothing. */
const mostBytes = 64 * 1024;
/** Names in one directory; a hostile tree must not make us read for ever. */
const mostNames = 65_536;

/**
 * What the kernel says of a machine in /sys, /proc and /dev. All that the library reads and writes goes through it, so that the recorded
 * tree of another machine can stand in for this one. What is missing, or cannot be read, is undefined or empty: which files there are depends on
 * the kernel. Paths begin with `/sys` and the like. Each read takes some microseconds and is not asynchronous, because the kernel answers from memory.
 */
export class Host {
  /** Without a slash at its end: '' is this machine. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly #interfaces: () => Promise<NetworkInterface[]>;
  readonly #uses: () => Promise<InterfaceUse[]>;

  /** @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT`. */
  constructor(options: HostOptions = {}) {
    const {
      root = '/',
      interfaces = listInterfaces,
      uses = listInterfaceUses,
      environment = process.env,
    } = checkOptions('options', options, ['root', 'interfaces', 'uses', 'environment']);
    checkPath('root', root);
    for (const [name, list] of Object.entries({ interfaces, uses }))
      if (typeof list !== 'function')
        throw invalidArgument(`${name} is ${describe(list)}`, 'pass an async function that lists them');
    if (typeof environment !== 'object' || environment === null)
      throw invalidArgument(`environment is ${describe(environment)}`, 'pass an object such as process.env');
    this.root = root.replace(/\/+$/, '');
    this.environment = environment;
    this.#interfaces = interfaces;
    this.#uses = uses;
  }

  interfaces(): Promise<NetworkInterface[]> {
    return this.#interfaces();
  }

  uses(): Promise<InterfaceUse[]> {
    return this.#uses();
  }

  /** Writes as the kernel's files want it: in one call, to a file that is there. No link leads out of the directory of its top. */
  async write(path: string, text: string): Promise<void> {
    const top = join(await realpath(this.root || '/'), path.split('/')[1]!);
    const place = await realpath(this.root + dirname(path));
    if (place !== top && !place.startsWith(`${top}/`)) throw new Error(`it leads out of ${this.shown(top)}`);
    const flags = constants.O_WRONLY | constants.O_NOFOLLOW;
    const file = await open(join(place, basename(path)), flags);
    try {
      await file.write(text);
    } finally {
      await file.close();
    }
  }

  /** Runs a program, without a shell. It changes this machine: a recorded tree has none. */
  async run(program: readonly string[]): Promise<void> {
    if (this.root !== '') throw new Error('programs run on this machine only, and not on a recorded tree');
    await execute(program[0]!, program.slice(1));
  }

  /** What a file holds, without white space at its end. */
  text(path: string): string | undefined {
    const whole = this.#at(path);
    let file: number;
    try {
      // What looks like a file may be a pipe.
      file = openSync(whole, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      return undefined;
    }
    try {
      return readText(file);
    } catch {
      return undefined;
    } finally {
      closeSync(file);
    }
  }

  /** A whole number of a file, `7` or `0x8086`, that JavaScript can hold. */
  number(path: string): number | undefined {
    const text = this.text(path);
    if (text === undefined || !/^-?(\d{1,16}|0x[\da-f]{1,13})$/i.test(text)) return undefined;
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : undefined;
  }

  /** The last name of what a symbolic link points to. */
  linkName(path: string): string | undefined {
    const target = this.link(path);
    return target === undefined ? undefined : basename(target);
  }

  /** What a symbolic link points to, as it says. */
  link(path: string): string | undefined {
    const whole = this.#at(path);
    try {
      return readlinkSync(whole);
    } catch {
      return undefined;
    }
  }

  /** What a directory holds, in order. */
  names(path: string): string[] {
    const whole = this.#at(path);
    try {
      return readdirSync(whole).slice(0, mostNames).sort();
    } catch {
      return [];
    }
  }

  #at(path: string): string {
    return this.root + checkPath('path', path);
  }

  /** A path of this machine for one that was found below the root. */
  shown(text: string): string {
    checkText('text', text, mostBytes);
    return this.root === '' ? text : text.replaceAll(this.root, '');
  }
}

/** Refuses anything but a {@link Host}. */
export function checkHost(host: unknown): void {
  if (!(host instanceof Host)) throw invalidArgument(`host is ${describe(host)}`, 'pass a Host, or nothing');
}

function readText(file: number): string {
  const buffer = Buffer.alloc(mostBytes);
  let length = 0;
  while (length < mostBytes) {
    const got = readSync(file, buffer, length, mostBytes - length, null);
    if (got === 0) break;
    length += got;
  }
  return buffer.toString('utf8', 0, length).trimEnd();
}
