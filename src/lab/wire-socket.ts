import { link, lstat, mkdtemp, rm, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LabError } from './lab-error.ts';

const longestPath = 107;
const asidePrefix = '.wire-';
const randomBytes = 6;

/** Bytes of the longer one of a socket's two paths: where it is made, and where it is seen. */
export function isWirePathTooLong(path: string): boolean {
  const wire = resolve(path);
  const aside = Buffer.byteLength(join(dirname(wire), asidePrefix)) + randomBytes + '/s'.length;
  return Math.max(Buffer.byteLength(wire), aside) > longestPath;
}

/**
 * The socket of a wire. QEMU removes whatever stands where it makes a socket, so it makes this one in a directory of its own, and a
 * link to it, which replaces nothing, is what others see.
 */
export class WireSocket {
  /** Where QEMU is to make it. */
  readonly path: string;
  readonly #wire: string;
  readonly #aside: string;
  #isPublished = false;

  private constructor(wire: string, aside: string) {
    this.#wire = wire;
    this.#aside = aside;
    this.path = join(aside, 's');
  }

  /** @throws LabError when something is there already. */
  static async prepare(path: string): Promise<WireSocket> {
    const wire = resolve(path);
    await checkAbsent(wire);
    try {
      return new WireSocket(wire, await mkdtemp(join(dirname(wire), asidePrefix)));
    } catch (error) {
      throw new LabError(
        `no socket can be made in ${dirname(wire)}: ${(error as Error).message}`,
        'name another place with "wire"',
      );
    }
  }

  /** Shows the socket to others, once QEMU has made it. */
  async publish(): Promise<void> {
    try {
      await link(this.path, this.#wire);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw occupied(this.#wire);
      throw error;
    }
    this.#isPublished = true;
  }

  /** Removes what is ours, and nothing that stands there instead by now. */
  async remove(): Promise<void> {
    if (this.#isPublished && (await this.#isOurs())) await unlink(this.#wire);
    await rm(this.#aside, { recursive: true, force: true });
  }

  async #isOurs(): Promise<boolean> {
    const [ours, seen] = await Promise.all([this.path, this.#wire].map(statusOf));
    return ours !== undefined && ours.ino === seen?.ino && ours.dev === seen.dev;
  }
}

/** Refuses a path where something is. */
async function checkAbsent(wire: string): Promise<void> {
  if ((await statusOf(wire)) !== undefined) throw occupied(wire);
}

function statusOf(path: string) {
  return lstat(path).catch(() => undefined);
}

function occupied(wire: string): LabError {
  return new LabError(
    `there is something at ${wire} already, so no socket is made there`,
    'name another path with "wire", or remove it if no lab uses it any more',
  );
}
