import { ExitCode, fail } from './exit.ts';

let onReaderGone = () => {};

/** To be called before anything is written. A reader that has left, as in `| head`, is no error; anything else, as a full disk, is. */
export function watchOutputs(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') onReaderGone();
      else if (stream === process.stdout)
        fail(`the result was not written: ${error.message}`, ExitCode.failure);
    });
  }
}

/** A reader that leaves ends the run without a word. */
export function whenReaderLeaves(end: () => void): void {
  onReaderGone = end;
}
