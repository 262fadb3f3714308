import { closeSync, constants, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { OutputError } from './exit.ts';
import { isStdout } from './files.ts';

/** Where an output goes: a file, or stdout. */
export interface Sink {
  /** A failure is told by {@link close}: the run goes on, and so do the other outputs. */
  write(text: string): void;
  /** @returns Why it is not whole, or undefined when it is. */
  close(): string | undefined;
  /** Leaves everything as it was before, as long as nothing is written. */
  abandon(): void;
}

/** Opened before the run, so that it does not end with a result that can't be written. What is there is kept until the first write. */
export function openSink(path: string): Sink {
  return isStdout(path) ? stdoutSink : new FileSink(path);
}

const stdoutSink: Sink = {
  write: (text) => {
    process.stdout.write(text); // watchOutputs hears of what fails
  },
  close: () => undefined,
  abandon: () => {},
};

class FileSink implements Sink {
  readonly #path: string;
  readonly #fd: number;
  readonly #isNew: boolean;
  #isEmpty = false;
  #failure: string | undefined;

  constructor(path: string) {
    this.#path = path;
    const { O_WRONLY, O_CREAT, O_EXCL } = constants;
    const created = tryOpen(path, O_WRONLY | O_CREAT | O_EXCL);
    this.#isNew = typeof created === 'number';
    const opened =
      typeof created !== 'number' && created.code === 'EEXIST' ? tryOpen(path, O_WRONLY) : created;
    if (typeof opened !== 'number') throw new OutputError(`${path} can't be written: ${opened.message}`);
    this.#fd = opened;
  }

  write(text: string): void {
    if (this.#failure !== undefined) return;
    try {
      this.#empty();
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      this.#failure = `${this.#path} was not written: ${(error as Error).message}`;
    }
  }

  /** A pipe has nothing to truncate. */
  #empty(): void {
    if (!this.#isEmpty && fstatSync(this.#fd).isFile()) ftruncateSync(this.#fd);
    this.#isEmpty = true;
  }

  close(): string | undefined {
    try {
      closeSync(this.#fd);
    } catch (error) {
      this.#failure ??= `${this.#path} was not written: ${(error as Error).message}`;
    }
    return this.#failure;
  }

  abandon(): void {
    closeSync(this.#fd);
    if (this.#isNew && !this.#isEmpty) unlinkSync(this.#path);
  }
}

function tryOpen(path: string, flags: number): number | NodeJS.ErrnoException {
  try {
    return openSync(path, flags);
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
