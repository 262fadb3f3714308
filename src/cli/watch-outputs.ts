import { ExitCode, fail } from './exit.ts';

/** A reader that has left, as in `| head`, ends the run without a word; anything else, as a full disk, is an error. */
export function watchOutputs(onReaderGone: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') onReaderGone();
      else if (stream === process.stdout)
        fail(`the result was not written: ${error.message}`, ExitCode.failure);
    });
  }
}
