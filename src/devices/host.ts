import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { checkOptions, checkPath, checkText } from '../core/check.ts';
import { describe, invalidArgument } from '../core/errors.ts';
import { listInterfaces, type NetworkInterface } from '../core/interfaces.ts';

/** How a {@link Host} is read. */
export interface HostOptions {
  /** Where its /sys, /proc and /dev lie. Default: `/`, this machine. */
  root?: string;
  /** Its network interfaces. Default: the kernel's, of this process's network namespace. */
  interfaces?: () => Promise<NetworkInterface[]>;
  /** The environment of its program. Default: this process's. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Files of the kernel's are no longer; more of one tells nothing. */
const mostBytes = 64 * 1024;
/** Names in one directory; a hostile tree must not make us read for ever. */
const mostNames = 65_536;

/**
 * What the kernel says of a machine in /sys, /proc and /dev. All reading of the library goes through it, so that the recorded
 * tree of another machine can stand in for this one. What is missing, or cannot be read, is undefined or empty: which files there are depends on
 * the kernel. Paths begin with `/sys` and the like. Each read takes some microseconds and is not asynchronous, because the kernel answers from memory.
 */
export class Host {
  /** Without a slash at its end: '' is this machine. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly #interfaces: () => Promise<NetworkInterface[]>;

  /** @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT`. */
  constructor(options: HostOptions = {}) {
    const {
      root = '/',
      interfaces = listInterfaces,
      environment = process.env,
    } = checkOptions('options', options, ['root', 'interfaces', 'environment']);
    checkPath('root', root);
    if (typeof interfaces !== 'function')
      throw invalidArgument(
        `interfaces is ${describe(interfaces)}`,
        'pass an async function that lists them',
      );
    if (typeof environment !== 'object' || environment === null)
      throw invalidArgument(`environment is ${describe(environment)}`, 'pass an object such as process.env');
    this.root = root.replace(/\/+$/, '');
    this.environment = environment;
    this.#interfaces = interfaces;
  }

  interfaces(): Promise<NetworkInterface[]> {
    return this.#interfaces();
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
